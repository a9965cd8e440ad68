"""The coordinators' side: one live board."""
