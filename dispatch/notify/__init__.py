"""Deliver messages once per (event, recipient, channel)."""
