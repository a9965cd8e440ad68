"""Builders of test data that name only what matters to the test."""
