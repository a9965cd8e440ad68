"""How much memory the supervised processes hold, children included, sampled while they run."""
import resource
import subprocess
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

PROC = Path("/proc")
SAMPLE_EVERY_S = 1.0


class MemorySampler:
    """Remember each process's peak of resident memory (megabytes), summed over its process group.

    Pages that a parent shares with its children count once per process, so the sum errs upwards.
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
        sizes = resident_mb_by_group()
        for name, group in self._groups().items():
            if group in sizes:
                self._peaks[name] = max(self._peaks.get(name, 0.0), sizes[group])

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            self.sample()


def resident_mb_by_group() -> dict[int, float]:
    """Resident megabytes of every process group of this machine."""
    rows = _rows_from_proc() if PROC.is_dir() else _rows_from_ps()
    sizes: dict[int, float] = defaultdict(float)
    for group, kilobytes in rows:
        sizes[group] += kilobytes / 1024
    return dict(sizes)


def _rows_from_proc() -> list[tuple[int, int]]:
    page_kilobytes = resource.getpagesize() // 1024
    rows = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue                        # it ended while we looked
            rows.append((int(fields[2]), int(fields[21]) * page_kilobytes))
    return rows


def _rows_from_ps() -> list[tuple[int, int]]:
    said = subprocess.run(["ps", "-axo", "pgid=,rss="], capture_output=True, text=True, check=False).stdout
    return [(int(group), int(size)) for group, size in (line.split() for line in said.splitlines())]
