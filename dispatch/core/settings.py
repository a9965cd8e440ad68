"""One frozen Settings, read from the environment once; fails at start with the name of what is wrong."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .clock import Scale
from .errors import ConfigError

LOG_LEVELS = ("debug", "info", "warning", "error")
STREET_ENGINES = ("cch", "scipy", "valhalla")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the processes need to know about where they run."""

    database_url: str
    migrate_database_url: str
    relay_database_url: str
    redis_url: str
    secret_key: str
    data_dir: Path
    public_url: str = "http://localhost:8080"
    smtp_url: str | None = None
    mail_from: str = "paceline@localhost"
    sms_url: str | None = None
    sms_body: str = '{"to": "{to}", "text": "{text}"}'
    sms_token: str | None = None
    reach_after_s: float = 90.0
    vapid_subject: str = "mailto:admin@localhost"
    log_level: str = "info"
    log_json: bool = False
    demo: bool = False
    local_webhooks: bool = False
    clock: Scale | None = None
    rate_limits: bool = True
    street_engine: str = "cch"
    valhalla_url: str = "http://127.0.0.1:8002"
    plan_seconds: float = 1.0

    @property
    def is_https(self) -> bool:
        """Whether cookies may insist on TLS."""
        return self.public_url.startswith("https://")


def load(environ: Mapping[str, str]) -> Settings:
    """Settings from an environment; ConfigError names the first variable that is missing or wrong."""
    database_url = _required(environ, "DATABASE_URL", "postgresql://user@host/paceline")
    secret_key = _required(environ, "SECRET_KEY", "a random text of 32 or more characters")
    if len(secret_key) < 16:
        raise ConfigError("SECRET_KEY is shorter than 16 characters: make one with `openssl rand -hex 32`")
    log_level = environ.get("LOG_LEVEL", "info").lower()
    if log_level not in LOG_LEVELS:
        raise ConfigError(f"LOG_LEVEL={log_level!r}: use one of {', '.join(LOG_LEVELS)}")
    return Settings(
        database_url=sqlalchemy_url(database_url),
        migrate_database_url=sqlalchemy_url(environ.get("DATABASE_URL_MIGRATE") or database_url),
        relay_database_url=sqlalchemy_url(environ.get("DATABASE_URL_RELAY") or database_url),
        redis_url=_required(environ, "REDIS_URL", "redis://host:6379/0 or unix:///path/redis.sock"),
        secret_key=secret_key,
        data_dir=Path(environ.get("PACELINE_DATA", "var/data")).absolute(),
        public_url=environ.get("PUBLIC_URL", "http://localhost:8080").rstrip("/"),
        smtp_url=environ.get("SMTP_URL") or None,
        mail_from=environ.get("MAIL_FROM", "paceline@localhost"),
        sms_url=environ.get("SMS_URL") or None,
        sms_body=_json(environ, "SMS_BODY", '{"to": "{to}", "text": "{text}"}'),
        sms_token=environ.get("SMS_TOKEN") or None,
        reach_after_s=_seconds(environ, "REACH_AFTER_S", 90.0),
        vapid_subject=environ.get("VAPID_SUBJECT", "mailto:admin@localhost"),
        log_level=log_level,
        log_json=_flag(environ, "LOG_JSON"),
        demo=_flag(environ, "PACELINE_DEMO"),
        local_webhooks=_flag(environ, "PACELINE_LOCAL_WEBHOOKS"),
        clock=_clock(environ.get("PACELINE_CLOCK")),
        rate_limits=not _flag(environ, "PACELINE_NO_RATE_LIMITS"),
        street_engine=_one_of(environ, "STREET_ENGINE", STREET_ENGINES),
        valhalla_url=environ.get("VALHALLA_URL", "http://127.0.0.1:8002").rstrip("/"),
        plan_seconds=_seconds(environ, "PLAN_SECONDS", 1.0),
    )


@lru_cache(maxsize=1)
def current() -> Settings:
    """This process's settings."""
    return load(os.environ)


def sqlalchemy_url(url: str) -> str:
    """The same address with the driver we use named in it."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if url.startswith("postgresql+psycopg://"):
        return url
    raise ConfigError(f"DATABASE_URL starts with {url.split(':', 1)[0]!r}: Paceline needs postgresql://")


def _required(environ: Mapping[str, str], name: str, example: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is not set: give it as {example}")
    return value


def _one_of(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """The variable's value; the first choice where it is not set."""
    value = environ.get(name) or choices[0]
    if value not in choices:
        raise ConfigError(f"{name}={value!r}: use one of {', '.join(choices)}")
    return value


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "").strip().lower()
    if text in ("", "0", "no", "false", "off"):
        return False
    if text in ("1", "yes", "true", "on"):
        return True
    raise ConfigError(f"{name}={text!r}: use 1 or 0")


def _json(environ: Mapping[str, str], name: str, default: str) -> str:
    text = environ.get(name) or default
    try:
        is_object = isinstance(json.loads(text), dict)
    except ValueError:
        is_object = False
    if not is_object:
        raise ConfigError(f"{name}={text!r}: give a JSON object, with {{to}} and {{text}} where they belong")
    return text


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if value <= 0:
        raise ConfigError(f"{name}={text!r}: use a positive number of seconds")
    return value


def _clock(text: str | None) -> Scale | None:
    if not text:
        return None
    try:
        return Scale.parse(text)
    except ValueError as error:
        raise ConfigError(str(error)) from error
