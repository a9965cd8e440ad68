"""Where the next orders are likely, and who might like to wait there."""
