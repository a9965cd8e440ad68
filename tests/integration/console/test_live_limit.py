"""However many pages are open, a web process keeps threads for short questions."""
from flask import Flask

from dispatch.core import live
from dispatch.core.db import transaction
from dispatch.stack.processes import WEB_THREADS
from tests.conftest import TestStack
from tests.factories.town import Town, make_order
from tests.integration.console.conftest import Browser


def test_streams_leave_threads_for_questions() -> None:
    """The processes' table and the limits go together."""
    assert live.MOST_PUBLIC < live.MOST_STREAMS <= WEB_THREADS - 32


def test_a_full_process_refuses_the_public_first_and_says_when_to_ask_again(
    app: Flask, town: Town, cora: Browser, database: TestStack
) -> None:
    """Recipients look again by themselves; the board is live until the last thread that streams may have."""
    with transaction():
        token = make_order(town).track_token
    hub = app.extensions["live"] = live.Hub(database.environment()["REDIS_URL"])
    for number in range(live.MOST_STREAMS):
        if number == live.MOST_PUBLIC:
            refused = app.test_client().get(f"/track/{token}/live")
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        hub.open(lambda event: False, None)
    assert '"unavailable"' in cora.page("/board/api/live", 503)
    hub.close(1)
    with cora.client.get("/board/api/live", buffered=False) as opened:
        assert opened.status_code == 200
