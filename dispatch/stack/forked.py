"""Stand for a process that the fork server makes: pass signals on, end as it ends.

    python -m dispatch.stack.forked COMMAND ...        what the supervisor runs instead of COMMAND

The child joins our process group, so whoever kills the group kills both. Without a fork server we become the command
ourselves: that takes longer and is the same. This file imports little, because it is what a restart waits for.
"""
import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress

VARIABLE = "PACELINE_FORK_SERVER"
"""Names the socket of the fork server."""

PATIENCE_S = 3.0
MESSAGE_BYTES = 1 << 20
STREAMS = (0, 1, 2)
PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def run(arguments: list[str], path: str) -> int:
    """Let the server at `path` run the command; its exit status, minus the signal that ended it.

    OSError: nobody listens there, and nothing has been started.
    """
    with _reach(path) as server:
        request = {"arguments": arguments, "environment": dict(os.environ), "folder": os.getcwd(),
                   "group": os.getpgrp()}
        signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
        try:
            socket.send_fds(server, [json.dumps(request).encode()], STREAMS)
            answer = server.recv(MESSAGE_BYTES)
            if not answer:
                raise ConnectionResetError("the fork server ended before it had forked")
            child = os.pidfd_open(json.loads(answer)["pid"])
            for number in PASSED_ON:
                signal.signal(number, lambda number, _frame: _pass_on(child, number))
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
        told = server.recv(MESSAGE_BYTES)
        if told:
            return int(json.loads(told)["status"])
        select.select([child], [], [])  # the server has ended; its child goes on, and so do we
        return 1


def _reach(path: str) -> socket.socket:
    """A connection to the fork server, which may be starting just now as we are."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            server.connect(path)
            return server
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)


def _pass_on(child: int, number: int) -> None:
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(child, number)


def main() -> None:
    """Run the command named by our own arguments."""
    arguments = sys.argv[1:]
    try:
        status = run(arguments, os.environ[VARIABLE])
    except (OSError, KeyError):
        os.execvp(arguments[0], arguments)
    if status < 0:
        with suppress(OSError):  # SIGKILL cannot be handled, so it need not be restored
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    main()
