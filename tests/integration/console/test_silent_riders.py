"""A rider of whom nothing is heard in the middle of work is on the board, with the remedy, until they are heard of."""
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Interval, literal, update

from dispatch.console import alerts
from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.notify import services as notify
from dispatch.orders.models import Order, Task
from dispatch.planning import silence
from dispatch.planning.services import Effort, plan_zone
from riders import heard, services
from riders.models import Rider, Shift
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.coops import make_member
from tests.factories.phone import Phone
from tests.factories.push_service import push_service
from tests.factories.town import Town, at, make_order, make_rider, make_run
from tests.integration.console.conftest import Browser

SILENCE = "/board/silence"


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application; push services on this machine are allowed, as in a rehearsal."""
    with open_app(database, tmp_path, PACELINE_LOCAL_WEBHOOKS="1") as app:
        yield app


def grow_old(town: Town, minutes: float) -> None:
    """Everybody signed on so long ago, and was told of stops that could be done at once."""
    past = literal(timedelta(minutes=minutes), Interval)
    with transaction():
        for table, column in ((Shift, Shift.signed_on_at), (Task, Task.announced_at), (Task, Task.ready_at)):
            db.session.execute(
                update(table)
                .where(table.coop_id == town.coop_id, column.is_not(None))
                .values({column.key: column - past})
                .execution_options(synchronize_session=False)
            )


@pytest.fixture
def ada(town: Town, effort: Effort) -> Rider:
    """Ada has an order, Bo is free and some way off; both signed on an hour ago."""
    with transaction():
        ada, bo = make_rider(town.coop_id, "Ada"), make_rider(town.coop_id, "Bo")
        ada.phone = "+33 6 12 34 56 78"
        make_run(town, ada)
        make_run(town, bo, place=at(4000, 0))
        make_order(town)
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)
    grow_old(town, 60)
    return ada


def phone_of(app: Flask, town: Town, name: str) -> Phone:
    """A rider's phone, signed in."""
    return Phone(app, f"{name}.{town.coop_id.hex[:6]}@example.org")


@pytest.mark.usefixtures("ada")
def test_silent_rider_is_on_the_board_with_the_remedy_and_what_it_costs(cora: Browser) -> None:
    """Whom to call, since when, what should have been done, and the price of handing over. Bo, who is free, is not."""
    page = cora.page(SILENCE)
    assert page.count("data-silent") == 1 and "Ada: nothing heard since" in page and "+33 6 12 34 56 78" in page
    assert "Market 1" in page and "should have been done by" in page
    assert "others can take 1 order" in page and "that costs them" in page and "Cannot ride on" in page


def test_silence_is_over_when_the_phone_asks_anything(app: Flask, town: Town, cora: Browser, ada: Rider) -> None:
    """A question of the phone is a sign of life: no place is needed."""
    assert str(ada.id) in cora.page(SILENCE)
    phone_of(app, town, "ada").get("/run")
    assert "data-silent" not in cora.page(SILENCE)


def test_silence_is_over_when_something_is_done_or_a_place_is_told(town: Town, cora: Browser, ada: Rider) -> None:
    """Whichever comes first."""
    with transaction():
        services.record_position(town.coop_id, ada.id, at(0, 100), at=clock.now(), accuracy_m=5)
    assert "data-silent" not in cora.page(SILENCE)


def test_rider_who_shares_no_places_is_not_alerted_until_a_stop_is_long_overdue(
    town: Town, effort: Effort, cora: Browser
) -> None:
    """Quarter of an hour beyond the stop is nothing to call about; an hour with no action at all is."""
    with transaction():
        bo = make_rider(town.coop_id, "Bo")
        bo.shares_position = False
        make_run(town, bo)
        make_order(town)
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)
    grow_old(town, 25)
    assert "data-silent" not in cora.page(SILENCE)
    grow_old(town, 25)
    page = cora.page(SILENCE)
    assert "Bo: nothing heard since" in page and "Where last" not in page


def test_coordinator_who_is_on_it_is_not_told_again_until_the_next_silence(
    app: Flask, town: Town, cora: Browser, carl: Browser, ada: Rider
) -> None:
    """Once, for all coordinators; a rider who was heard of and falls silent again is a new matter."""
    cora.post(f"/board/api/riders/{ada.id}/silence/take", {})
    assert "data-silent" not in carl.page(SILENCE)
    earlier = clock.now() - timedelta(minutes=40)
    heard.note(app.extensions["redis"], town.coop_id, ada.member_id, earlier)
    assert str(ada.id) in carl.page(SILENCE)


def test_silence_is_told_although_no_plan_is_at_hand(app: Flask, town: Town, cora: Browser, ada: Rider) -> None:
    """Redis may be emptied: then the price is not known, and not made up."""
    app.extensions["redis"].delete(f"plan:{town.coop_id}:{town.zone_id}")
    page = cora.page(SILENCE)
    assert str(ada.id) in page and "others can take 1 order" in page and "that costs them" not in page


def test_handing_over_gives_what_is_not_fetched_to_others(
    town: Town, effort: Effort, cora: Browser, ada: Rider
) -> None:
    """The alert leads to the way that is there: the shift ends, the planner gives the order to Bo."""
    cora.post(f"/board/api/riders/{ada.id}/stop", {})
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)
    assert "data-silent" not in cora.page(SILENCE)
    order_id = db.session.scalar(db.select(Order.id).where(Order.coop_id == town.coop_id))
    (bo,) = cora.json("/board/api/state")["riders"]
    assert bo["name"] == "Bo" and {stop["order_id"] for stop in bo["run"]["stops"]} == {str(order_id)}


def test_coordinators_who_look_at_no_board_are_told_once_of_each_silence(
    app: Flask, town: Town, ada: Rider
) -> None:
    """By push, in words that name nobody's address; one who is on it has told the others."""
    client = app.extensions["redis"]
    with push_service() as phones:
        with transaction():
            cleo = make_member(town.coop_id, "Cleo", roles=("coordinator",))
            notify.add_endpoint(town.coop_id, cleo.id, phones.subscription(), user_agent="test")
        for _minute in range(2):
            alerts.alert_silences(client, town.coop_id)
        (told,) = phones.messages
        assert told["notification"]["title"] == "Nothing is heard of Ada" and "Market" not in str(told)
        heard.note(client, town.coop_id, ada.member_id, clock.now() - timedelta(minutes=40))
        alerts.alert_silences(client, town.coop_id)
        assert len(phones.messages) == 2
        heard.note(client, town.coop_id, ada.member_id, clock.now() - timedelta(minutes=30))
        silence.hush(client, town.coop_id, ada.id)
        alerts.alert_silences(client, town.coop_id)
        assert len(phones.messages) == 2


def test_rider_on_a_break_is_not_silent(town: Town, cora: Browser, ada: Rider) -> None:
    """Rest is rest."""
    with transaction():
        db.session.execute(
            update(Shift).where(Shift.coop_id == town.coop_id, Shift.rider_id == ada.id)
            .values(break_began_at=clock.now() - timedelta(minutes=50))
        )
    assert "data-silent" not in cora.page(SILENCE)
