"""Two riders who are kept apart are not sent to the same counter, and coordinators alone know."""
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from dispatch.core.db import db, transaction, use_coop
from dispatch.core.errors import Invalid, NotFound
from dispatch.orders.models import Run, Task
from dispatch.planning import apart
from dispatch.planning.services import Effort, plan_zone
from tests.factories.town import Town, at, make_order, make_rider, make_run


def pair(town: Town) -> tuple[Run, Run]:
    """Ada and Bo, side by side, each with room for five kilograms."""
    riders = [make_rider(town.coop_id, name, capacity_g=5_000) for name in ("Ada", "Bo")]
    ada, bo = (make_run(town, rider, place=at(0, 100)) for rider in riders)
    return ada, bo


def holders(town: Town, effort: Effort) -> list[object]:
    """Plan, and say whose runs have the open pickups."""
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)
    with transaction():
        rows = db.session.scalars(select(Task.run_id).where(Task.coop_id == town.coop_id, Task.kind == "pickup"))
        return list(rows)


@pytest.mark.parametrize("is_apart", [False, True])
def test_second_order_at_a_counter_goes_elsewhere(app: Flask, town: Town, effort: Effort, is_apart: bool) -> None:
    """Ada fetches the first load; the second does not fit beside it, and Bo would meet her there."""
    with transaction():
        ada, bo = pair(town)
        if is_apart:
            apart.keep_apart(town.coop_id, ada.rider_id, bo.rider_id, member_id=uuid4())
        make_order(town, weight_g=4_000, due_in_s=900)
    holders(town, effort)
    with transaction():
        make_order(town, weight_g=4_000, due_in_s=900)
    found = holders(town, effort)
    assert None not in found
    assert len(set(found)) == (1 if is_apart else 2)


def test_pairs_are_kept_once_whoever_is_named_first(app: Flask, town: Town) -> None:
    """Bo and Ada are Ada and Bo; lifting it leaves nothing."""
    with transaction():
        ada, bo = pair(town)
        apart.keep_apart(town.coop_id, ada.rider_id, bo.rider_id, member_id=uuid4())
        apart.keep_apart(town.coop_id, bo.rider_id, ada.rider_id, member_id=uuid4())
        [found] = apart.list_pairs(town.coop_id)
        assert {found.rider_name, found.other_name} == {"Ada", "Bo"}
        apart.let_meet(town.coop_id, bo.rider_id, ada.rider_id)
        assert apart.list_pairs(town.coop_id) == []


def test_nobody_is_kept_apart_from_themselves_or_from_strangers(app: Flask, town: Town) -> None:
    """Said before anything is written."""
    with transaction():
        ada, _bo = pair(town)
        with pytest.raises(Invalid):
            apart.keep_apart(town.coop_id, ada.rider_id, ada.rider_id, member_id=uuid4())
        with pytest.raises(NotFound):
            apart.keep_apart(town.coop_id, ada.rider_id, uuid4(), member_id=uuid4())
