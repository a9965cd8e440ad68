"""The environment that a local stack gives to its processes: addresses, folders, a secret of its own."""
import os
import secrets
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
"""The checkout (or the folder of site-packages): where the processes run."""


FEW_ARENAS = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "4194304"}
"""glibc gives each of many threads an arena, and each kept the 19 MB that a password once took (decision 0163)."""


def local_environment(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """What every process of a local stack needs, beside the addresses of its services.

    A variable that is set already wins, so that anybody can point a local stack somewhere else; only what is
    compiled is always kept: a process that was killed must not compile its source again before it is back.
    """
    programs = Path(sys.executable).parent
    kept = {name: value for name, value in given.items() if name != "PYTHONDONTWRITEBYTECODE"}
    metrics = folder / "metrics"
    metrics.mkdir(parents=True, exist_ok=True)
    return {
        "SECRET_KEY": secret_key(folder),
        "PACELINE_DATA": str(folder / "data"),
        "NUMBA_CACHE_DIR": str(folder / "numba"),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "PYTHONUNBUFFERED": "1",
        **FEW_ARENAS,
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",     # here root may: nothing is pickled
        **kept,
        "PATH": os.pathsep.join((str(programs), given.get("PATH", os.defpath))),
        "VIRTUAL_ENV": str(programs.parent),
    }


def secret_key(folder: Path) -> str:
    """The key that signs sessions, made once per folder and readable by its owner only."""
    path = folder / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        key = secrets.token_hex(32)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key + "\n")
        return key


def gunicorn_arguments(folder: Path, host: str, port: int, certificate: tuple[Path, Path] | None = None) -> str:
    """What differs between web servers: where to listen, with which certificate.

    The folder of counters is emptied: those of processes that are gone must not be added to new ones.
    """
    metrics = folder / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    arguments = [f"--bind={address}"]
    if certificate:
        arguments += [f"--certfile={certificate[0]}", f"--keyfile={certificate[1]}"]
    return shlex.join(arguments)
