"""Unit tests run the kernels as plain Python: nothing to compile, and a debugger can step into them."""

import os

os.environ.setdefault("PACELINE_NUMBA", "0")
