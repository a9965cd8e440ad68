"""The doctor finds each thing that is wrong, and names the remedy."""
from pathlib import Path

import pytest

from dispatch.core import settings
from dispatch.notify.channels import vapid_key
from dispatch.stack.doctor import Finding, examine
from tests.conftest import TestStack


@pytest.fixture
def environ(database: TestStack, tmp_path: Path) -> dict[str, str]:
    """The environment of a healthy installation that has no city yet."""
    return {**database.environment(), "SECRET_KEY": "0123456789abcdef", "PACELINE_DATA": str(tmp_path)}


def test_a_healthy_installation_has_nothing_wrong_but_the_missing_city(environ: dict[str, str]) -> None:
    """No finding may cry wolf."""
    wrong = {finding.subject: finding.remedy for finding in _examined(environ).values() if finding.verdict == "wrong"}
    assert set(wrong) - {"pages"} == {"city"}
    assert "paceline city import" in wrong["city"]


def test_a_database_that_is_away_is_told_with_what_depends_on_it(environ: dict[str, str]) -> None:
    """The first finding is the cause; the others say that they cannot look."""
    findings = _examined({**environ, "DATABASE_URL": "postgresql://paceline@127.0.0.1:1/paceline"})
    assert findings["database"].verdict == "wrong" and "DATABASE_URL" in findings["database"].remedy
    assert findings["migrations"].detail.startswith("cannot look")


def test_an_empty_database_wants_its_migrations(environ: dict[str, str], database: TestStack) -> None:
    """The first thing after creating a database by hand."""
    urls = {**environ, "DATABASE_URL": database.postgres.url("paceline", "template1")}
    assert _examined(urls)["migrations"].remedy == "paceline db upgrade"


def test_a_redis_that_is_away_is_wrong_but_not_fatal(environ: dict[str, str]) -> None:
    """Queues wait in PostgreSQL, so the remedy can say that nothing is lost."""
    finding = _examined({**environ, "REDIS_URL": "redis://127.0.0.1:1/0"})["Redis"]
    assert finding.verdict == "wrong" and "nothing is lost" in finding.remedy


def test_a_mail_server_that_does_not_answer_is_named(environ: dict[str, str]) -> None:
    """The name helps where a typing error is the cause."""
    finding = _examined({**environ, "SMTP_URL": "smtp://127.0.0.1:1"})["mail"]
    assert finding.verdict == "wrong" and "127.0.0.1 does not answer" in finding.detail


def test_a_key_for_push_that_is_broken_open_or_nobodys_is_found(environ: dict[str, str], tmp_path: Path) -> None:
    """Without it no phone rings; with another one every phone has to agree anew."""
    reachable = {**environ, "VAPID_SUBJECT": "mailto:it@wheels.example"}
    assert _examined(environ)["push"].verdict == "warning" and "VAPID_SUBJECT" in _examined(environ)["push"].remedy
    assert _examined(reachable)["push"].verdict == "ok"
    vapid_key(tmp_path)
    assert _examined(reachable)["push"].detail == "key and contact are fine"
    (tmp_path / "vapid.pem").chmod(0o644)
    assert "chmod 600" in _examined(reachable)["push"].remedy
    (tmp_path / "vapid.pem").write_text("torn")
    assert _examined(reachable)["push"].verdict == "wrong"


def test_an_address_without_tls_is_wrong_for_phones(environ: dict[str, str]) -> None:
    """Camera, push and service workers need HTTPS everywhere but on localhost."""
    assert _examined({**environ, "PUBLIC_URL": "http://dispatch.example.org"})["address"].verdict == "wrong"
    assert _examined({**environ, "PUBLIC_URL": "http://localhost:8080"})["address"].verdict == "ok"


def test_a_clock_that_runs_faster_is_pointed_out(environ: dict[str, str]) -> None:
    """A rehearsal's setting left behind in production would ruin every promise."""
    scale = "30@2026-01-01T00:00:00+00:00@2026-01-01T00:00:00+00:00"
    assert _examined({**environ, "PACELINE_CLOCK": scale})["clock"].verdict == "warning"


def test_every_wrong_finding_has_a_remedy(environ: dict[str, str]) -> None:
    """A doctor who only says that it hurts is of no use."""
    broken = {**environ, "DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1",
              "DATABASE_URL_RELAY": "postgresql://x@127.0.0.1:1/x", "PUBLIC_URL": "http://x.example"}
    assert [finding for finding in _examined(broken).values() if finding.verdict != "ok" and not finding.remedy] == []


def _examined(environ: dict[str, str]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(settings.load(environ))}
