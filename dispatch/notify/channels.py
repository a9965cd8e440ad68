"""Ways to reach people: web push, e-mail by SMTP or to the log, and Null. Each sends one message, says how it went."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import smtplib
import socket
import ssl
import tempfile
from dataclasses import dataclass
from email.message import EmailMessage
from importlib import import_module
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import requests
import structlog
from cryptography.hazmat.primitives import serialization
from flask import current_app
from py_vapid import Vapid02

from dispatch.core.errors import Invalid
from dispatch.core.settings import Settings

from . import rules
from .rules import Message

TIMEOUT_S = 10
KEY_FILE = "vapid.pem"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a browser can be reached, with its public keys."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How sending went; `status` is None without an answer."""

    is_sent: bool
    status: int | None = None
    error: str | None = None


class Push(Protocol):
    """Something that brings a message to a browser."""

    def send(self, address: Address, message: Message) -> Sent:
        """Send one message; never raises for what the network does."""


class Mail(Protocol):
    """Something that brings a message to a mailbox."""

    def send(self, to: str, subject: str, body: str) -> Sent:
        """Send one message; never raises for what the network does."""


class Sms(Protocol):
    """Something that brings a short text to a phone number."""

    def send(self, to: str, text: str) -> Sent:
        """Send one message; never raises for what the network does."""


class WebPush:
    """Web push with VAPID, encrypted for the browser alone."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._key = vapid_key(settings.data_dir)
        self._library = import_module("pywebpush")  # 20 MB that only the worker needs: not at start

    def send(self, address: Address, message: Message) -> Sent:
        """Hand one encrypted message to the browser's push service."""
        try:
            rules.check_endpoint(address.endpoint, may_be_local=self._settings.local_webhooks)
            self._check_resolved(address.endpoint)
            answer = self._library.webpush(
                subscription_info={
                    "endpoint": address.endpoint,
                    "keys": {"p256dh": address.p256dh, "auth": address.auth},
                },
                data=json.dumps(rules.push_payload(message, self._settings.public_url)),
                vapid_private_key=self._key,
                vapid_claims={"sub": self._settings.vapid_subject},
                headers={"Topic": message.tag[:32], "Urgency": "high" if message.is_urgent else "normal"},
                ttl=message.seconds_worth,
                timeout=TIMEOUT_S,
            )
        except self._library.WebPushException as error:
            status = error.response.status_code if error.response is not None else None
            return Sent(is_sent=False, status=status, error=str(error)[:300])
        except (requests.RequestException, OSError) as error:
            return Sent(is_sent=False, error=str(error)[:300])
        except (Invalid, ValueError) as error:
            return Sent(is_sent=False, status=400, error=str(error)[:300])
        return Sent(is_sent=True, status=answer.status_code)

    def _check_resolved(self, endpoint: str) -> None:
        """Invalid if a public name leads to a private network after all."""
        if self._settings.local_webhooks:
            return
        host = urlsplit(endpoint).hostname or ""
        for *_, where in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM):
            if rules.is_private_host(str(where[0])):
                raise Invalid(f"push endpoint {host} leads to a private address")


class Smtp:
    """E-mail by `smtp://user:password@host:port` (STARTTLS where offered) or `smtps://`."""

    def __init__(self, url: str, sender: str) -> None:
        self._url = urlsplit(url)
        self._sender = sender

    def send(self, to: str, subject: str, body: str) -> Sent:
        """Hand one plain-text message to the mail server."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._sender, to, subject
        mail.set_content(body)
        try:
            with self._connect() as server:
                server.send_message(mail)
        except smtplib.SMTPResponseException as error:
            return Sent(is_sent=False, status=500 if error.smtp_code < 500 else 400, error=str(error)[:300])
        except (smtplib.SMTPException, OSError) as error:
            return Sent(is_sent=False, error=str(error)[:300])
        return Sent(is_sent=True)

    def _connect(self) -> smtplib.SMTP:
        host = self._url.hostname or "localhost"
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if self._url.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, self._url.port or 465, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(host, self._url.port or 25, timeout=TIMEOUT_S)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
        if self._url.username:
            server.login(unquote(self._url.username), unquote(self._url.password or ""))
        return server


class HttpSms:
    """SMS by the gateway of one's choice: a POST of the JSON that SMS_BODY describes to SMS_URL."""

    def __init__(self, url: str, body: str, token: str | None) -> None:
        self._url, self._body = url, json.loads(body)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def send(self, to: str, text: str) -> Sent:
        """Hand one text to the gateway."""
        body = rules.filled(self._body, {"to": to, "text": text})
        try:
            answer = requests.post(self._url, json=body, headers=self._headers, timeout=TIMEOUT_S)
        except requests.RequestException as error:
            return Sent(is_sent=False, error=str(error)[:300])
        if answer.ok:
            return Sent(is_sent=True, status=answer.status_code)
        return Sent(is_sent=False, status=answer.status_code, error=answer.text[:300])


class SmsConsole:
    """SMS written to the log: for trying a gateway's texts without one (`SMS_URL=console:`)."""

    def send(self, to: str, text: str) -> Sent:
        """Write the text where whoever runs the installation can read it."""
        log.info("sms.console", to=to, text=text)
        return Sent(is_sent=True)


class Console:
    """E-mail written to the log: for the demo and for installations without a mail server."""

    def send(self, to: str, subject: str, body: str) -> Sent:
        """Write the message where whoever runs the installation can read it."""
        log.info("mail.console", to=to, subject=subject, body=body)
        return Sent(is_sent=True)


class Null:
    """Nobody is told; what would have been sent is kept for tests to look at."""

    def __init__(self) -> None:
        self.messages: list[tuple[object, ...]] = []

    def send(self, *message: object) -> Sent:
        """Keep it."""
        self.messages.append(message)
        return Sent(is_sent=True)


def push() -> Push:
    """This installation's way to reach browsers."""
    return WebPush(current_app.extensions["settings"])


def mail() -> Mail:
    """This installation's way to reach mailboxes."""
    settings: Settings = current_app.extensions["settings"]
    return Smtp(settings.smtp_url, settings.mail_from) if settings.smtp_url else Console()


def sms() -> Sms | None:
    """This installation's way to send SMS; None unless somebody has set one up."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.sms_url:
        return None
    if settings.sms_url == "console:":
        return SmsConsole()
    return HttpSms(settings.sms_url, settings.sms_body, settings.sms_token)


def may_be_local() -> bool:
    """Whether push endpoints on this machine are allowed: in demos and rehearsals only."""
    settings: Settings = current_app.extensions["settings"]
    return settings.local_webhooks


def vapid_public_key() -> str:
    """The public half of the key, as browsers want it: base64url of the uncompressed point."""
    key = vapid_key(current_app.extensions["settings"].data_dir)
    point = key.public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def vapid_key(data_dir: Path) -> Vapid02:
    """The installation's key for web push, made once; two processes that start together agree on one."""
    path = data_dir / KEY_FILE
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh = Vapid02()
        fresh.generate_keys()
        with tempfile.NamedTemporaryFile(dir=data_dir, prefix=".vapid", delete=False) as file:
            file.write(fresh.private_pem())
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)
        os.unlink(file.name)
    return Vapid02.from_file(str(path))
