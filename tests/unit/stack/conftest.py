"""Somebody without rights, to see what they are told."""
import os
from collections.abc import Callable

import pytest

NOBODY = 65534


@pytest.fixture
def somebody_else() -> Callable[[Callable[[], None]], str]:
    """Run something in a process of a user without rights: what it is refused with."""
    return _as_somebody_else


def _as_somebody_else(act: Callable[[], None]) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            act()
        except (Exception, SystemExit) as refusal:
            os.write(writing, str(refusal).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as said:
        return said.read()
