"""The error tree: one class per thing a caller can do about it.

Every error names the offending value in its message. `code` is stable and machine readable,
`http_status` is what the web layer answers. A bug is a plain exception and is caught only at the top.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: a JSON pointer to it, a stable code and a sentence with the remedy."""

    pointer: str
    code: str
    message: str


class PacelineError(Exception):
    """Something the caller can understand and act on."""

    code = "error"
    http_status = 400

    def __init__(self, message: str, *, code: str | None = None, **extra: object) -> None:
        super().__init__(message)
        self.message = message
        self.extra = extra
        if code is not None:
            self.code = code


class BadRequest(PacelineError):
    """The request cannot be read: not JSON, wrong content type, unknown parameter."""

    code = "bad_request"


class Invalid(PacelineError):
    """The request is readable but a value in it cannot be accepted."""

    code = "invalid"
    http_status = 422

    def __init__(self, message: str, *, errors: tuple[FieldError, ...] = (), **extra: object) -> None:
        super().__init__(message, **extra)  # type: ignore[arg-type]
        self.errors = errors


class Unauthenticated(PacelineError):
    """No credentials, or credentials that no longer hold."""

    code = "unauthenticated"
    http_status = 401


class Forbidden(PacelineError):
    """Signed in, but this role may not do this."""

    code = "forbidden"
    http_status = 403


class NotFound(PacelineError):
    """There is no such thing for this co-op (also the answer for another co-op's things)."""

    code = "not_found"
    http_status = 404


class Conflict(PacelineError):
    """The thing exists but its state does not allow this."""

    code = "conflict"
    http_status = 409


class StaleVersion(PacelineError):
    """Someone changed it since you read it: read again and decide again."""

    code = "stale_version"
    http_status = 412


class TooLarge(PacelineError):
    """The body is larger than this endpoint takes."""

    code = "too_large"
    http_status = 413


class WrongContentType(PacelineError):
    """The body has a content type that this endpoint does not read."""

    code = "unsupported_media_type"
    http_status = 415


class TooMany(PacelineError):
    """A rate limit was reached; `retry_after_s` says when to come back."""

    code = "rate_limited"
    http_status = 429


class TransientError(PacelineError):
    """A part we depend on is away for the moment; the same request may work later."""

    code = "unavailable"
    http_status = 503


class ConfigError(PacelineError):
    """The installation is not set up as it must be; the message says how to mend it."""

    code = "config"
    http_status = 500
