"""The one error of this package: what is wrong, and what the person at the keyboard can do."""


class StackError(Exception):
    """Something on this machine is missing, taken, full or closed; `remedy` says how to mend it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} - {self.remedy}"


class CommandFailed(StackError):
    """One of our own commands has failed and has said why; there is nothing to add."""
