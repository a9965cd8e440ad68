"""Robots behave like people with phones and tills: late, twice, and patient."""

import asyncio
import base64
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import httpx
from PIL import Image

from dispatch.demo.robots import client as client_module
from dispatch.demo.robots.client import Client, find_csrf_token
from dispatch.demo.robots.live import Heard, read_events
from dispatch.demo.robots.meter import Meter, Sightings
from dispatch.demo.robots.pace import Pace
from dispatch.demo.robots.phone import PIXEL, Phone
from dispatch.demo.robots.schedule import Temper

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class StillPace(Pace):
    """A clock that a test sets by hand."""

    def __init__(self) -> None:
        super().__init__(NOON)
        self.seconds = 0.0

    def now_s(self) -> float:
        return self.seconds


def temper(**facts: object) -> Temper:
    usual = dict(speed_factor=1.0, handling_factor=1.0, double_send_share=0.0, clock_skew_s=0, offline=(),
                 signs_on_at_s=0.0, signs_off_at_s=None)
    return Temper(**{**usual, **facts})     # type: ignore[arg-type]


def caller(answer: Callable[[httpx.Request], httpx.Response]) -> Client:
    return Client("http://town.example", Meter(), transport=httpx.MockTransport(answer))


class Server:
    """Keeps what it was sent and answers with the statuses given, then with 200."""

    def __init__(self, *statuses: int):
        self.statuses = list(statuses)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return httpx.Response(self.statuses.pop(0) if self.statuses else 200, json={})

    def bodies(self) -> list[dict[str, object]]:
        return [json.loads(request.content) for request in self.seen]


def test_phone_keeps_actions_in_a_dead_zone_and_sends_them_late_in_order():
    """The server learns from queued_s how old an action is, and from device_seq in which order it happened."""
    server, pace = Server(), StillPace()
    phone = Phone(caller(server), pace, temper(offline=((100.0, 200.0),)), Random(1))

    async def ride() -> None:
        pace.seconds = 150.0
        assert await phone.act("t1", "arrive") == 0
        pace.seconds = 160.0
        await phone.act("t1", "complete", proofs=[])
        assert server.seen == []
        pace.seconds = 310.0
        assert await phone.flush() == 200

    asyncio.run(ride())
    first, second = server.bodies()
    assert [request.url.path for request in server.seen] == ["/app/api/tasks/t1/arrive", "/app/api/tasks/t1/complete"]
    assert (first["queued_s"], second["queued_s"]) == (160.0, 150.0)
    assert (first["device_seq"], second["device_seq"]) == (1, 2)
    assert first["client_uuid"] != second["client_uuid"]
    assert first["device_at"] == "2026-03-10T12:02:30+00:00"


def test_an_action_sent_twice_is_the_same_action_to_the_letter():
    server = Server()
    phone = Phone(caller(server), StillPace(), temper(double_send_share=1.0), Random(1))
    asyncio.run(phone.act("t1", "start"))
    first, second = server.bodies()
    assert first == second


def test_a_repeat_that_is_answered_differently_is_a_surprise():
    """Repeating an action with the same UUID must be a success with the same answer."""
    server = Server(200, 409)
    robot = caller(server)
    asyncio.run(Phone(robot, StillPace(), temper(double_send_share=1.0), Random(1)).act("t1", "start"))
    assert len(robot.meter.surprises) == 1


def test_ordinary_refusals_are_no_surprise_but_others_are():
    robot = caller(Server(409, 404, 422))
    phone = Phone(robot, StillPace(), temper(), Random(1))
    for _ in range(3):
        asyncio.run(phone.act("t1", "start"))
    assert len(robot.meter.surprises) == 1 and "422" in robot.meter.surprises[0]


def test_photo_proof_sends_a_picture_that_opens():
    image = Image.open(io.BytesIO(base64.b64decode(PIXEL.partition(",")[2])))
    image.load()
    assert image.size == (1, 1)


def test_client_waits_for_a_server_that_restarts():
    """In the chaos day the web process is killed; every request may be repeated."""
    attempts = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise httpx.ConnectError("refused")
        return httpx.Response(200)

    robot = caller(answer)
    assert asyncio.run(robot.get("/readyz")).status_code == 200
    assert (attempts, robot.meter.broken_connections, robot.meter.errors_5xx) == (3, 2, 0)


def test_client_counts_server_errors():
    robot = caller(Server(500))
    asyncio.run(robot.get("/app/api/run"))
    assert robot.meter.errors_5xx == 1


def test_csrf_token_is_found_in_a_form_or_in_the_head():
    assert find_csrf_token('<input type="hidden" name="csrf_token" value="a.b">') == "a.b"
    assert find_csrf_token('<meta name="csrf-token" content="c.d">') == "c.d"
    assert find_csrf_token("<p>nothing</p>") == ""


def test_live_events_are_read_and_beats_are_dropped():
    async def lines():
        stream = ': beat\n\nid: 7\nevent: RunChanged\ndata: {"run_id": 1}\n\nevent: reset\ndata: {}\n\n'
        for line in stream.split("\n"):
            yield line

    async def read() -> list[Heard]:
        return [heard async for heard in read_events(lines())]

    assert asyncio.run(read()) == [Heard("RunChanged", {"run_id": 1}, "7"), Heard("reset", {}, "")]


def test_order_to_phone_counts_only_phones_that_were_online():
    """A rider in a dead zone sees nothing sooner, however quick the server is."""
    sightings = Sightings()
    sightings.placed("o1", 100.0)
    sightings.seen("o1", 101.5, online_since=50.0)
    sightings.seen("o1", 180.0, online_since=50.0)
    sightings.placed("o2", 100.0)
    sightings.seen("o2", 160.0, online_since=150.0)
    assert sightings.delay_s("o1") == 1.5
    assert sightings.delay_s("o2") is None
    assert sightings.delay_s("never placed") is None


def test_patience_is_longer_than_a_restart():
    assert client_module.PATIENCE_S > 2 * 10
