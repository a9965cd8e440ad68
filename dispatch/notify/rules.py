"""Decide what a message looks like on its way and which addresses may be written to. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from dispatch.core.errors import Invalid

DECLARATIVE = 8030


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What to tell somebody: a short title and text, where a tap leads, and a tag that lets a newer one replace it."""

    title: str
    body: str
    path: str
    tag: str
    kind: str
    is_urgent: bool = False
    seconds_worth: int = 3600


def push_payload(message: Message, public_url: str) -> dict[str, Any]:
    """The JSON a browser decrypts: declarative web push, which our service worker reads too."""
    return {
        "web_push": DECLARATIVE,
        "notification": {
            "title": message.title,
            "body": message.body,
            "navigate": public_url + message.path,
            "tag": message.tag,
        },
        "kind": message.kind,
    }


def check_endpoint(url: str, *, may_be_local: bool) -> str:
    """A push service's address; Invalid unless it is HTTPS at a public name (or local where that is allowed)."""
    parts = urlsplit(url)
    if may_be_local and parts.scheme in ("http", "https") and parts.hostname:
        return url
    if parts.scheme != "https" or not parts.hostname or parts.username:
        raise Invalid(f"push endpoint {url[:80]!r}: must be an https address")
    if is_private_host(parts.hostname):
        raise Invalid(f"push endpoint {url[:80]!r}: private addresses are refused")
    return url


def is_private_host(host: str) -> bool:
    """Whether a name or literal address can only mean this machine or a private network."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host


def is_gone(status: int) -> bool:
    """Whether a push service says that the browser will never come back."""
    return status in (404, 410)


def is_worth_retrying(status: int | None) -> bool:
    """Whether the same message may get through later: no answer at all, overload, or trouble on their side."""
    return status is None or status == 429 or status >= 500


def filled(template: Any, values: dict[str, str]) -> Any:
    """A JSON template with `{to}` and `{text}` replaced in its texts; no text can break out of its place."""
    if isinstance(template, str):
        return re.sub(r"\{(to|text)\}", lambda found: values[found[1]], template)
    if isinstance(template, list):
        return [filled(item, values) for item in template]
    if isinstance(template, dict):
        return {key: filled(item, values) for key, item in template.items()}
    return template
