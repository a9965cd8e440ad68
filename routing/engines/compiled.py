"""Compile the kernels with numba where it is there; the very same source runs as plain Python where not.

`PACELINE_NUMBA=0` switches compilation off. Compiled code is kept in `NUMBA_CACHE_DIR`, in a folder named by
a hash of all kernel sources: numba alone would notice a change only in the file of the function it loads.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

try:
    import numba
except ImportError:  # the same source runs uncompiled
    numba = None  # type: ignore[assignment]

IS_COMPILED = numba is not None and os.environ.get("PACELINE_NUMBA", "1") != "0"

Function = TypeVar("Function", bound=Callable[..., Any])


def _cache_folder() -> str:
    digest = hashlib.sha256()
    here = Path(__file__).parent
    names = ("facts.py", "state.py", "compiled.py")
    for source in sorted(here.glob("*_kernel.py")) + [here / name for name in names]:
        digest.update(source.read_bytes())
    parent = os.environ.get("NUMBA_CACHE_DIR") or str(here / "__pycache__")
    return os.path.join(parent, f"paceline-{digest.hexdigest()[:16]}")


if IS_COMPILED:
    # The kernels are chains of small steps: looking for vectors gains nothing and takes time at each compilation.
    numba.config.LOOP_VECTORIZE = numba.config.SLP_VECTORIZE = 0  # type: ignore[attr-defined]
    numba.config.CACHE_DIR = _cache_folder()  # type: ignore[attr-defined]

OPTIONS: dict[str, Any] = {
    "cache": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True,
    # Kernels allocate nothing; counting references to a dozen arrays at each call costs more than most of them.
    "_nrt": False,
}


def entry(function: Function) -> Function:
    """Compile a kernel that Python calls: it releases the GIL, and its machine code is cached on disk."""
    return _compile(function, OPTIONS)


def compiled(function: Function) -> Function:
    """Compile a kernel that only kernels call; it has no door for Python, which halves the work."""
    return _compile(function, OPTIONS | {"no_cpython_wrapper": True})


def _compile(function: Function, options: dict[str, Any]) -> Function:
    if not IS_COMPILED:
        return function
    kernel = numba.njit(**options)(function)
    # A caller that writes `0` or BIG would get a version for that very number: one for all compiles a third faster.
    compile_for = kernel.compile
    kernel.compile = lambda types: compile_for(tuple(map(numba.types.unliteral, types)))
    return kernel  # type: ignore[no-any-return]


def flat(values: Any, dtype: type = np.int64) -> Any:
    """A flat array for the kernels; uncompiled ones get a list, which plain Python reads faster."""
    array: NDArray[Any] = np.ascontiguousarray(values, dtype=dtype).ravel()
    return array if IS_COMPILED else array.tolist()


def table(row: type, columns: dict[str, Any]) -> Any:
    """Equally long columns of whole numbers as records of a row class; uncompiled, a list of its objects."""
    names = [field.name for field in fields(row)]
    arrays = [np.asarray(columns[name], dtype=np.int64) for name in names]
    if not IS_COMPILED:
        return [row(*values) for values in zip(*(array.tolist() for array in arrays), strict=True)]
    records = np.zeros(len(arrays[0]), dtype=[(name, np.int64) for name in names])
    for name, array in zip(names, arrays, strict=True):
        records[name] = array
    return records.view(np.recarray)
