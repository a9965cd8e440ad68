"""Search engines behind one interface; all of them price a plan by `routing.objective`."""
