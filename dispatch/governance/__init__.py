"""Versioned rule sets that members decide on."""
