"""Work that waits for a rider's own yes: offers, the open board, handing back, and passing on to a colleague."""
