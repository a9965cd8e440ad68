"""A town server in memory, just clever enough for robots to live a day with: one dispatcher that deals orders round."""

import itertools
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx

PICKUP_S, LEG_S = 60, 240
LOGIN_PAGE = '<input type="hidden" name="csrf_token" value="token">'


class FakeTown(httpx.AsyncBaseTransport):
    """Answers the endpoints of phones, tills and board. Rider = session cookie, store = bearer key."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.by_external: dict[str, str] = {}
        self.runs: dict[str, list[dict[str, Any]]] = {}
        self.done: dict[str, Any] = {}
        self.calls: Counter[str] = Counter()
        self.ids = itertools.count(1)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.calls[f"{request.method} {re.sub(r'/(o|t)[0-9]+', '/<id>', path)}"] += 1
        is_json = request.headers.get("content-type", "").startswith("application/json")
        body = json.loads(request.content) if is_json else {}
        if path == "/login":
            return self._login(request)
        if path.endswith("/live"):
            return httpx.Response(200, stream=Silence())
        if path.startswith("/app/api"):
            return self._phone(request, self._rider(request), path.removeprefix("/app/api/"), body)
        if path.startswith("/api/v1/orders"):
            return self._till(request, path.removeprefix("/api/v1/orders"), body)
        if path == "/api/v1/quotes":
            return httpx.Response(201, json={"id": "q1"})
        if path == "/api/v1/webhooks":
            return httpx.Response(201, json={"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
        return httpx.Response(200, json={"riders": [], "unassigned": [], "proposal": None})

    def _login(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, text=LOGIN_PAGE)
        email = dict(pair.split("=") for pair in request.content.decode().split("&"))["email"]
        return httpx.Response(302, headers={"Location": "/", "Set-Cookie": f"who={email}; Path=/"})

    @staticmethod
    def _rider(request: httpx.Request) -> str:
        return request.headers.get("cookie", "").partition("who=")[2]

    def _phone(self, request: httpx.Request, rider: str, rest: str, body: dict[str, Any]) -> httpx.Response:
        if rest == "me":
            return httpx.Response(200, json={"rider": {"profile": "bike"}, "shift": None})
        if rest == "shift/on":
            self.runs.setdefault(rider, [])
            return httpx.Response(201, json={})
        if rest == "shift/off":
            if self.runs[rider]:
                return httpx.Response(409, json={"code": "parcel_on_board"})
            return httpx.Response(200, json={})
        if rest == "run":
            return httpx.Response(200, json={"stops": [self._stop(task) for task in self.runs.get(rider, [])]})
        if rest == "earnings":
            return httpx.Response(200, json={"lines": [{"task_id": "t1", "code": "per_delivery", "amount_cents": 320}]})
        if rest.startswith("tasks/") and not rest.endswith("/proofs"):
            return self._act(rider, *rest.split("/")[1:], body=body)
        return httpx.Response(204)

    @staticmethod
    def _stop(task: dict[str, Any]) -> dict[str, Any]:
        leg = {"duration_s": LEG_S, "length_m": 900, "coordinates": [[8.0, 49.0], task["lonlat"]]}
        return {"id": task["id"], "tasks": [task], "lonlat": task["lonlat"], "leg": leg}

    def _act(self, rider: str, task_id: str, action: str, *, body: dict[str, Any]) -> httpx.Response:
        if body["client_uuid"] in self.done:
            return httpx.Response(200, json={})
        task = next((task for task in self.runs[rider] if task["id"] == task_id), None)
        if task is None:
            return httpx.Response(404, json={})
        self.done[body["client_uuid"]] = True
        order = self.orders[task["order_id"]]
        if action in ("complete", "fail"):
            self.runs[rider].remove(task)
        if action == "fail":
            order["state"] = "returning"
            self.runs[rider].append(task | {"id": f"t{next(self.ids)}", "is_return": True})
        elif action == "complete" and task["kind"] == "dropoff":
            order |= {"state": "returned" if task.get("is_return") else "delivered", "ended_at": body["device_at"]}
        return httpx.Response(200, json={})

    def _till(self, request: httpx.Request, rest: str, body: dict[str, Any]) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=self.orders[rest.removeprefix("/")])
        if rest.endswith("/cancel"):
            return self._cancel(self.orders[rest.split("/")[1]])
        if body["external_id"] in self.by_external:
            return httpx.Response(200, json=self.orders[self.by_external[body["external_id"]]])
        order_id = f"o{next(self.ids)}"
        self.by_external[body["external_id"]] = order_id
        place = body["dropoffs"][0]["lonlat"]
        self.orders[order_id] = {
            "id": order_id, "state": "pending", "placed_at": body.get("ready_at", "2026-03-10T12:00:00+00:00"),
            "ended_at": None, "promised_dropoff_at": None, "dropoffs": [{"window_by": None, "code": None}],
        }
        run = min(self.runs.values(), key=len)
        run += [self._task(order_id, "pickup", body["pickup"]["lonlat"]), self._task(order_id, "dropoff", place)]
        return httpx.Response(201, json=self.orders[order_id])

    def _task(self, order_id: str, kind: str, lonlat: list[float]) -> dict[str, Any]:
        return {"id": f"t{next(self.ids)}", "order_id": order_id, "kind": kind, "state": "assigned", "lonlat": lonlat,
                "service_s": PICKUP_S, "required_proof": []}

    def _cancel(self, order: dict[str, Any]) -> httpx.Response:
        tasks = [task for run in self.runs.values() for task in run if task["order_id"] == order["id"]]
        if len(tasks) < 2:
            return httpx.Response(409, json={"code": "already_picked_up"})
        for run in self.runs.values():
            run[:] = [task for task in run if task["order_id"] != order["id"]]
        order["state"] = "cancelled"
        return httpx.Response(200, json=order)


class Silence(httpx.AsyncByteStream):
    """A live stream on which nothing happens, and which ends at once."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"retry: 2000\n\n"
