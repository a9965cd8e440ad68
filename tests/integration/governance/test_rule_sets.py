"""Versions of rules: added, never changed, in force by time."""
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dispatch.core.db import transaction
from dispatch.core.errors import Invalid, NotFound
from dispatch.governance import queries, services

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)


def test_the_version_in_force_is_the_newest_that_has_begun(coop_id: UUID) -> None:
    """A rule that members voted for next week must not pay today's work."""
    with transaction():
        services.adopt(coop_id, "pay", {"per_delivery_cents": 300}, active_from=MONDAY)
        services.adopt(coop_id, "pay", {"per_delivery_cents": 320}, active_from=MONDAY + timedelta(days=7))
    before = queries.active(coop_id, "pay", MONDAY + timedelta(days=6))
    after = queries.active(coop_id, "pay", MONDAY + timedelta(days=7))
    assert (before.version, after.version) == ("pay@1", "pay@2")
    assert queries.get_version(coop_id, "pay@2").document == {"per_delivery_cents": 320}


def test_a_co_op_without_rules_is_told_to_adopt_some(coop_id: UUID) -> None:
    """Pay by no rule would be pay by nobody's decision."""
    with pytest.raises(NotFound, match="adopt"):
        queries.active(coop_id, "pay", MONDAY)
    with pytest.raises(NotFound, match="pay@x"):
        queries.get_version(coop_id, "pay@x")


def test_an_unknown_kind_of_rules_is_refused(coop_id: UUID) -> None:
    """The kinds are a closed list."""
    with pytest.raises(Invalid, match="weather"), transaction():
        services.adopt(coop_id, "weather", {}, active_from=MONDAY)
