"""One day of robots on a private stack, and the report that says whether everything adds up."""
