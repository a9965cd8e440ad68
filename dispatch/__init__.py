"""Dispatch for bike-courier worker co-ops: kernel, domain, board and command line."""
