"""Save and load a network as a folder of npy files, so that processes share its pages by memory mapping."""

import json
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.streets.errors import BadNetworkFolder
from routing.streets.network import ARRAYS, Network, NetworkInfo

FORMAT = 1
"""Raised with every change of the arrays or of how tags are read; a folder of another format is built again."""

_MANIFEST = "network.json"
_ATTEMPTS = 20


def save(network: Network, folder: Path | str) -> None:
    """Write the network into `folder`, replacing a network there. Readers see the old or the new one, never half.

    BadNetworkFolder where the folder holds anything else. OSError (full disk, permission) leaves the old folder as it
    was. A process that has the old one mapped keeps it.
    """
    target = Path(folder)
    check_replaceable(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for name in ARRAYS:
            _write(aside / f"{name}.npy", getattr(network, name))
        manifest = {
            "format": FORMAT,
            "info": asdict(network.info),
            "names": network.names,
            "lengths": {name: len(getattr(network, name)) for name in ARRAYS},
        }
        (aside / _MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
        os.chmod(aside, 0o755)
        _swap(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def check_replaceable(target: Path) -> None:
    """BadNetworkFolder unless `target` is absent, empty or a network's folder: nobody's other files are replaced."""
    ours = {_MANIFEST, *(f"{name}.npy" for name in ARRAYS)}
    try:
        others = sorted(entry.name for entry in target.iterdir() if entry.name not in ours)
    except FileNotFoundError:  # also while another import puts its own there
        return
    except NotADirectoryError as error:
        raise BadNetworkFolder(f"{target}: is a file, not a folder: give a folder of its own") from error
    if others:
        raise BadNetworkFolder(f"{target}: holds other things ({others[0]}): give a folder of its own")


def _write(path: Path, array: NDArray[Any]) -> None:
    """As `np.save`, which however does not notice a full disk before the file is closed, and then says nothing."""
    whole = np.ascontiguousarray(array)
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(whole))
        file.write(whole.view(np.uint8).data)
        file.flush()
        os.fsync(file.fileno())


def _swap(aside: Path, target: Path) -> None:
    """Put `aside` in the place of `target`; whoever else does the same at this moment comes before or after."""
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    try:
        for attempt in range(_ATTEMPTS):
            # A folder cannot be renamed onto a full one, so the old one goes first.
            with suppress(FileNotFoundError):
                os.rename(target, old / str(attempt))
            try:
                os.rename(aside, target)
                return
            except OSError:
                if attempt == _ATTEMPTS - 1:
                    raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def load(folder: Path | str, mmap: bool = True) -> Network:
    """Read a network that `save` wrote; mapped arrays are shared between processes. BadNetworkFolder says why not."""
    source = Path(folder)
    manifest = _manifest(source)
    arrays: dict[str, Any] = {}
    for name in ARRAYS:
        try:
            stored = np.load(source / f"{name}.npy", mmap_mode="r" if mmap else None, allow_pickle=False)
            # A plain view of the mapping: the memmap class itself makes every small slice three times as slow.
            arrays[name] = np.asarray(stored)
        except (OSError, ValueError, EOFError) as error:
            raise BadNetworkFolder(f"{source}: {name}.npy is missing or damaged; build the network again") from error
        if len(arrays[name]) != manifest["lengths"].get(name):
            raise BadNetworkFolder(f"{source}: {name}.npy has another length than noted; build the network again")
    return Network(**arrays, names=tuple(manifest["names"]), info=NetworkInfo(**manifest["info"]))


def _manifest(source: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((source / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadNetworkFolder(f"{source}: holds no saved network; build it first") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BadNetworkFolder(f"{source}: saved by another version of this program; build the network again")
    return manifest
