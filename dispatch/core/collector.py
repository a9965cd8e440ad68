"""How Python's garbage collector runs in our processes (decision 0162). Imported before anything large."""
import gc

gc.set_threshold(20_000, 10, 10)
"""Rarer than Python's own: at a start the collector took a quarter of the time and found nothing."""


def share_what_is_loaded() -> None:
    """To be called before a fork: what is loaded stays, and marking it in a child would copy it page by page."""
    gc.freeze()
