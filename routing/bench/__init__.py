"""Reproducible benchmarks of the optimiser."""
