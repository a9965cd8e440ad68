"""What the rehearsal needs from a private stack; `dispatch.stack.private.PrivateStack` is one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol


class ProcessState(Protocol):
    """How one process is doing."""

    @property
    def pid(self) -> int: ...

    @property
    def is_running(self) -> bool: ...


class Stack(Protocol):
    """Services that run, and processes that can be started, killed and measured. Times are real unless said."""

    @property
    def base_url(self) -> str: ...

    @property
    def environment(self) -> dict[str, str]: ...

    def command(self, *arguments: str) -> str:
        """Run `paceline ARGUMENTS` inside the stack; what it prints."""
        ...

    def start_clock(self, starts_at: datetime) -> None:
        """Let domain time begin now at `starts_at`."""
        ...

    def start_processes(self) -> None: ...

    def is_ready(self) -> bool: ...

    def queues(self, name: str) -> Sequence[str]:
        """The queues that a process takes its tasks from."""
        ...

    def processes(self) -> Mapping[str, ProcessState]: ...

    def kill(self, name: str) -> int: ...

    def flush_redis(self) -> None: ...

    def peak_rss_mb(self) -> dict[str, int]: ...
