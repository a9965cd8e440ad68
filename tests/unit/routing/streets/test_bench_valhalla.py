"""The comparison with Valhalla says what the service refused, instead of timing the refusal."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from routing.bench.streets_valhalla import compare
from routing.streets.errors import EngineFailed
from routing.streets.travel import Streets
from tests.unit.routing.streets.drawing import Drawing, town


class Valhalla(HTTPServer):
    """A service that answers matrices up to so many pairs."""

    most_pairs = 10_000

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    """Rides take a minute and longer the farther east."""

    server: Valhalla

    def do_POST(self) -> None:
        """Answer as its API reference says."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        too_many = len(body.get("sources", ())) ** 2 > self.server.most_pairs
        seconds = 60 + 1e4 * (body.get("locations", [{"lon": 8.0}])[-1]["lon"] - 8.0)
        answer = {"error_code": 150} if too_many else {"trip": {"summary": {"time": seconds}}}
        self.send_response(400 if too_many else 200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_words: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def valhalla() -> Iterator[Valhalla]:
    server = Valhalla(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def streets(drawing: Drawing) -> Streets:
    town(drawing)
    return Streets(drawing.network())


def test_the_peer_is_timed_and_compared(streets: Streets, valhalla: Valhalla) -> None:
    peer = compare(streets, valhalla.url, "bike", pairs=60, seed=1)
    assert peer.pairs == 60
    assert peer.matrix_100_ms > 0 and peer.route_p50_ms > 0


def test_a_refused_matrix_is_no_fast_matrix(streets: Streets, valhalla: Valhalla) -> None:
    """A service with its usual limit of 2,500 pairs would look a thousand times as fast as it is."""
    valhalla.most_pairs = 2_500
    with pytest.raises(EngineFailed, match="10,000 pairs: raise max_matrix_location_pairs"):
        compare(streets, valhalla.url, "bike", pairs=60, seed=1)
