"""How much memory the supervised processes hold, children included, sampled while they run."""
import os
import subprocess
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Set
from pathlib import Path

PROC = Path("/proc")
SAMPLE_EVERY_S = 2.0


class MemorySampler:
    """Remember each process's peak of resident memory (megabytes), summed over its process group.

    A page that several processes share counts as a part in each, where the kernel tells (Linux); elsewhere in full.
    """

    def __init__(self, groups: Callable[[], Mapping[str, int]], every_s: float = SAMPLE_EVERY_S) -> None:
        """`groups` tells the process group id of each name; asked anew for each sample."""
        self._groups = groups
        self._every_s = every_s
        self._peaks: dict[str, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory-sampler", daemon=True)

    def start(self) -> None:
        """Begin to sample in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more samples."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def peaks_mb(self) -> dict[str, int]:
        """The highest value seen so far, by name."""
        return {name: round(peak) for name, peak in sorted(self._peaks.items())}

    def sample(self) -> None:
        """Look once."""
        groups = self._groups()
        sizes = resident_mb_by_group(set(groups.values()))
        for name, group in groups.items():
            if group in sizes:
                self._peaks[name] = max(self._peaks.get(name, 0.0), sizes[group])

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            self.sample()


def resident_mb_by_group(groups: Set[int]) -> dict[int, float]:
    """Resident megabytes of these process groups; one that has ended is left out."""
    rows = _rows_from_proc(groups) if PROC.is_dir() else _rows_from_ps()
    sizes: dict[int, float] = defaultdict(float)
    for group, kilobytes in rows:
        if group in groups:
            sizes[group] += kilobytes / 1024
    return dict(sizes)


def _rows_from_proc(groups: Set[int]) -> list[tuple[int, int]]:
    rows = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                if (group := os.getpgid(int(entry.name))) in groups:
                    rows.append((group, _proportional_kilobytes(entry)))
            except OSError:
                continue                        # it ended while we looked, or is somebody else's
    return rows


def _proportional_kilobytes(process: Path) -> int:
    """Resident pages, shared ones divided by the number of processes that share them (PSS)."""
    for line in (process / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0                                    # a thread of the kernel


def _rows_from_ps() -> list[tuple[int, int]]:
    said = subprocess.run(["ps", "-axo", "pgid=,rss="], capture_output=True, text=True, check=False).stdout
    return [(int(group), int(size)) for group, size in (line.split() for line in said.splitlines())]
