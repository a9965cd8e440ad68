"""Robots decide about work as riders do: yes, no, nothing; and each by way of the phone."""

import asyncio
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import pytest

from dispatch.core import clock
from dispatch.demo.robots.cast import Account, Cast
from dispatch.demo.robots.pace import Pace
from dispatch.demo.robots.phone import Phone
from dispatch.demo.robots.schedule import DayOptions, Taste, Temper, write_day
from dispatch.demo.robots.stage import Stage
from dispatch.demo.robots.work import Will

OFFER = {"id": "f1", "order_id": "o1"}
OPEN_ORDER = {"order_id": "o2", "to_pickup_s": 60}
ANSWERS = {
    "accept": "accepted", "decline": "declined", "pick": "picked", "hand-back": "handed_back", "ask": "asked",
    "swap": "asked",
}  # fmt: skip


@pytest.fixture(autouse=True)
def fast_clock() -> Iterator[None]:
    now = clock.real_now()
    clock.use_scale(clock.Scale(real_anchor=now, domain_anchor=now, speed=20_000.0))
    yield
    clock.use_scale(None)


class Town:
    """Shows work, and keeps what was decided."""

    def __init__(self, **work: Any):
        self.work = {"offers": [], "board": [], "colleagues": [], **work}
        self.decided: list[tuple[str, str]] = []
        self.uuids: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=self.work)
        subject, verb = request.url.path.split("/")[-2:]
        body = json.loads(request.content)
        if body["client_uuid"] not in self.uuids:
            self.uuids.add(body["client_uuid"])
            self.decided.append((verb, subject))
        return httpx.Response(200, json={"state": ANSWERS[verb]})


def will(town: Town, taste: Taste, *, is_leaving: bool = False, **facts: Any) -> Will:
    """A rider who is asked, in a town."""
    script = write_day(DayOptions(mode="open", riders=1))
    nobody = Account(name="", email="", password="")
    cast = Cast(coop="", coordinator=nobody, riders=(), stores=(), places=())
    transport = httpx.MockTransport(town)
    stage = Stage(base_url="http://town", cast=cast, script=script, pace=Pace(clock.now()), transport=transport)
    usual = dict(speed_factor=1.0, handling_factor=1.0, double_send_share=0.0, clock_skew_s=0, offline=(),
                 signs_on_at_s=0.0, signs_off_at_s=None)
    phone = Phone(stage.client(), stage.pace, Temper(**{**usual, **facts}, taste=taste), Random(1))
    return Will(stage, phone, Random(1), lambda: is_leaving)


def live(rider: Will) -> None:
    """Look, and think until nothing is left to think of."""

    async def lived() -> None:
        await rider.look()
        await rider.look()
        while rider.thoughts:
            await asyncio.sleep(0.01)

    asyncio.run(lived())


@pytest.mark.parametrize(
    ("taste", "decided"),
    [
        (Taste(), [("accept", "f1")]),
        (Taste(accepts=0.0, declines=1.0), [("decline", "f1")]),
        (Taste(accepts=0.0), []),
        (Taste(hands_back=1.0), [("accept", "f1"), ("hand-back", "o1")]),
    ],
    ids=["yes", "no", "nothing", "yes, and then no"],
)
def test_an_offer_is_answered_once_by_taste(taste: Taste, decided: list[tuple[str, str]]):
    town = Town(offers=[OFFER])
    live(will(town, taste))
    assert town.decided == decided


def test_who_wants_to_go_home_says_no_and_picks_nothing():
    town = Town(offers=[OFFER], board=[OPEN_ORDER])
    live(will(town, Taste(), is_leaving=True))
    assert town.decided == [("decline", "f1")]


def test_the_nearest_order_is_picked_and_passed_on_to_a_colleague():
    town = Town(board=[{"order_id": "o9", "to_pickup_s": 600}, OPEN_ORDER], colleagues=[{"id": "r2"}])
    live(will(town, Taste(passes_on=1.0)))
    assert town.decided == [("pick", "o2"), ("ask", "o2")]


def test_a_colleagues_question_is_answered_with_an_order_of_ones_own():
    town = Town(offers=[OFFER | {"from_name": "Bo", "in_return": None}])
    rider = will(town, Taste(swaps=1.0))
    rider.givable = ["o7"]
    live(rider)
    assert town.decided == [("swap", "f1")]


@pytest.mark.parametrize(
    "facts", [{"from_name": None}, {"from_name": "Bo", "in_return": {"order_number": "A1"}}], ids=["planner", "a swap"]
)
def test_nothing_is_asked_in_return_for_the_planners_order_or_twice(facts: dict[str, Any]):
    town = Town(offers=[OFFER | facts])
    rider = will(town, Taste(swaps=1.0))
    rider.givable = ["o7"]
    live(rider)
    assert town.decided == [("accept", "f1")]


def test_who_has_enough_picks_nothing():
    town = Town(board=[OPEN_ORDER])
    rider = will(town, Taste(most_orders=2))
    rider.orders_in_run = 2
    live(rider)
    assert town.decided == []


def test_an_impatient_thumb_decides_once_and_is_counted_once():
    """The phone sends the same UUID twice; books and phones must agree on one decision."""
    town = Town(offers=[OFFER])
    rider = will(town, Taste(), double_send_share=1.0)
    live(rider)
    assert town.decided == [("accept", "f1")]
    assert rider.stage.meter.choices == {("accept", "accepted"): 1}


def test_the_end_of_the_shift_ends_thinking_but_loses_no_answer():
    """What is being sent is heard out; nothing new is decided."""
    clock.use_scale(None)
    town = Town(offers=[OFFER])
    rider = will(town, Taste())

    async def lived() -> None:
        await rider.look()
        await rider.rest()

    asyncio.run(lived())
    assert (town.decided, rider.thoughts) == ([], set())
