"""Hazards slow riders for a while; they never close a street."""

import pytest

from dispatch.geo.hazard_rules import KINDS, is_gone
from routing.streets.hazards import Hazard


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_something_the_streets_understand(kind):
    effect = KINDS[kind]
    assert Hazard(lon=8.0, lat=49.0, radius_m=effect.radius_m, factor=effect.factor).factor > 1


@pytest.mark.parametrize(
    ("votes", "gone"), [([], False), ([True], False), ([True, True], True), ([True, True, False], False)]
)
def test_two_more_must_say_gone_than_still_there(votes, gone):
    assert is_gone(votes, reporter_says_gone=False) is gone


def test_who_reported_it_may_end_it_alone():
    assert is_gone([False], reporter_says_gone=True)
