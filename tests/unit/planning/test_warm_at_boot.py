"""A web process has its optimiser ready before anybody asks for a quote."""
import os
import subprocess
import sys

import pytest

BOOT = """
import structlog
from flask import Flask
from dispatch import web_server
from routing.engines import place_kernel
with structlog.testing.capture_logs() as told:
    web_server.warm(Flask("without a database"))
print(*(line["event"] for line in told))
print(all(kernel.signatures for kernel in vars(place_kernel).values() if hasattr(kernel, "targetoptions")
          and not kernel.targetoptions.get("no_cpython_wrapper")))
"""


def boot(numba: str) -> list[str]:
    """What a fresh process logs and has compiled after its warming, where the streets cannot be loaded."""
    script = [sys.executable, "-c", BOOT]
    environment = os.environ | {"PACELINE_NUMBA": numba}
    return subprocess.run(script, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()


def test_optimiser_is_warm_even_where_streets_are_not_and_nothing_is_compiled() -> None:
    """Trouble with one favour does not spoil the other, nor a process that cannot compile."""
    assert boot("0")[0] == "streets.cold optimiser.warm"


@pytest.mark.slow
def test_kernels_of_quotes_are_compiled_when_a_web_process_starts() -> None:
    """Or the first merchant to ask would wait a second for machine code."""
    pytest.importorskip("numba")
    assert boot("1") == ["streets.cold optimiser.warm", "True"]
