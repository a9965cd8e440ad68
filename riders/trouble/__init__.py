"""Riders in trouble: calls for help and incidents, told to coordinators at once."""
