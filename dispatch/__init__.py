"""Dispatch for bike-courier worker co-ops: kernel, domain, board and command line."""
import gc

gc.set_threshold(50_000, 20, 50)
"""Rarer than Python's own: at a start the collector took a quarter of the time and found nothing (decision 0162)."""
