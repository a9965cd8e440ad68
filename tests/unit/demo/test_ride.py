"""What a robot rides to next, and where it is on the way."""

from typing import Any

from dispatch.demo.robots.ride import Way, choose_stop, open_stops, way_to


def stop(*tasks: tuple[str, str, str], **facts: Any) -> dict[str, Any]:
    named = [{"id": task_id, "kind": kind, "order_id": order_id} for task_id, kind, order_id in tasks]
    return {"tasks": named, "lonlat": [8.0, 49.0], **facts}


PICKUP = stop(("p1", "pickup", "o1"))
DROP = stop(("d1", "dropoff", "o1"))
ON_BOARD = stop(("d2", "dropoff", "o2"))


def test_rider_follows_the_run_from_its_first_open_stop():
    run = {"stops": [PICKUP, ON_BOARD, DROP]}
    assert choose_stop(open_stops(run, set()), False) == (PICKUP, True)
    chosen = choose_stop(open_stops(run, {"p1"}), False)
    assert chosen is not None and chosen[0]["tasks"][0]["id"] == "d2"


def test_rider_who_goes_home_brings_out_only_what_is_on_board():
    """A sign-off is refused while parcels are on the bike."""
    chosen = choose_stop([PICKUP, ON_BOARD, DROP], True)
    assert chosen is not None
    assert [task["id"] for task in chosen[0]["tasks"]] == ["d2"] and not chosen[1]
    assert choose_stop([PICKUP, DROP], True) is None
    assert choose_stop([], False) is None


def test_stop_with_two_tasks_loses_the_finished_one():
    both = stop(("p1", "pickup", "o1"), ("p2", "pickup", "o2"))
    (left,) = open_stops({"stops": [both]}, {"p1"})
    assert [task["id"] for task in left["tasks"]] == ["p2"]


def test_position_moves_along_the_line_by_length():
    way = Way(60.0, ((8.0, 49.0), (8.0, 49.001), (8.0, 49.004)))
    assert way.position(0.0) == (8.0, 49.0)
    assert abs(way.position(0.5)[1] - 49.002) < 1e-9
    assert way.position(1.0) == way.position(2.0) == (8.0, 49.004)


def test_leg_of_the_server_counts_where_it_leads_to_the_stop():
    planned = PICKUP | {"leg": {"duration_s": 312, "coordinates": [[8.0, 49.0], [8.01, 49.0]]}}
    assert way_to(planned, None, True).duration_s == 312
    assert way_to(planned, (8.0, 49.01), False).duration_s > 312
    assert way_to(PICKUP, (8.0, 49.0), True).duration_s == 0
