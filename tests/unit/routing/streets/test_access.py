"""Where each bike may go, on drawn towns: steps, barriers, widths, dismounting, private ways, turn restrictions."""

import math

import pytest

from routing.streets.profiles import PROFILES, SIGNAL_S
from routing.streets.travel import Streets
from tests.unit.routing.streets.drawing import Drawing, place, square

BIKE = PROFILES["bike"]
ROUND_THE_BLOCK_S = 1400 / BIKE.cruise_ms


def _seconds(drawing: Drawing, profile: str, start: tuple[float, float], end: tuple[float, float]) -> float:
    streets = Streets(drawing.network())
    return float(streets.table([place(*start)], [place(*end)], profile)[0, 0])


def _past_the_middle(drawing: Drawing, profile: str, **node_tags: str) -> float:
    """Seconds from 100 m to 300 m along the south street, with those tags on its middle node."""
    drawing.node("m", 200, 0, **node_tags)
    square(drawing, "a m b")
    return _seconds(drawing, profile, (100, 0), (300, 0))


def test_a_cargo_bike_goes_round_what_a_bike_slips_through(drawing: Drawing) -> None:
    """A cycle barrier costs a bike seconds; a box of 2.5 m does not turn in it."""
    bike = _past_the_middle(drawing, "bike", barrier="cycle_barrier")
    assert bike == pytest.approx(200 / BIKE.cruise_ms + BIKE.barrier_s["cycle_barrier"], abs=0.2)
    cargo = _seconds(drawing, "cargo", (100, 0), (300, 0))
    assert cargo == pytest.approx(1400 / PROFILES["cargo"].cruise_ms, rel=0.01)


def test_a_wall_across_the_street_stops_everybody(drawing: Drawing) -> None:
    assert _past_the_middle(drawing, "bike", barrier="wall") == pytest.approx(ROUND_THE_BLOCK_S, rel=0.01)


def test_a_bollard_stops_nobody(drawing: Drawing) -> None:
    assert _past_the_middle(drawing, "bike", barrier="bollard") == pytest.approx(200 / BIKE.cruise_ms, abs=0.2)


def test_a_gate_that_bicycles_may_pass_is_ridden_round(drawing: Drawing) -> None:
    seconds = _past_the_middle(drawing, "bike", barrier="gate", bicycle="yes")
    assert seconds == pytest.approx(200 / BIKE.cruise_ms + BIKE.barrier_s["lift_gate"], abs=0.2)


@pytest.mark.parametrize(("width", "passes"), [("0.9", False), ("94 cm", False), ("0.95", True), ("1 m", True)])
def test_a_passage_narrower_than_the_cargo_bike_is_closed_to_it(drawing: Drawing, width: str, passes: bool) -> None:
    square(drawing, maxwidth=width)
    streets = Streets(drawing.network())
    near = place(200, 10)
    assert streets.snap([near], "bike").distance_m[0] == pytest.approx(10, abs=0.1)
    assert streets.snap([near], "cargo").distance_m[0] == pytest.approx(10 if passes else 200, abs=0.1)


def test_steps_are_for_those_who_can_carry(drawing: Drawing) -> None:
    """A short cut of 70 m of steps: a bike is carried up at walking pace, a cargo bike goes round."""
    drawing.node("s", 0, 50)
    drawing.node("e", 50, 0)
    for name, x_m, y_m in (("a", 0, 0), ("b", 400, 0), ("c", 400, 400), ("d", 0, 400)):
        drawing.node(name, x_m, y_m)
    for nodes in ("a e b", "b c", "c d"):
        drawing.way(nodes)
    drawing.way("d s a", oneway="yes")
    drawing.way("e s", highway="steps")
    carried = math.hypot(50, 50) / BIKE.steps_ms
    assert _seconds(drawing, "bike", (50, 0), (0, 50)) == pytest.approx(carried, rel=0.02)
    cargo = _seconds(drawing, "cargo", (50, 0), (0, 50))
    assert cargo == pytest.approx(1500 / PROFILES["cargo"].cruise_ms, rel=0.02)


@pytest.mark.parametrize(
    "tags",
    [
        {"bicycle": "dismount"},
        {"highway": "footway"},
        {"highway": "pedestrian", "bicycle": "no"},
        {"vehicle": "no"},
    ],
)
def test_where_riding_is_forbidden_one_pushes(drawing: Drawing, tags: dict[str, str]) -> None:
    square(drawing, **tags)
    assert _seconds(drawing, "bike", (100, 0), (300, 0)) == pytest.approx(200 / BIKE.push_ms, rel=0.01)


def test_a_leg_says_where_to_get_off_the_bike(drawing: Drawing) -> None:
    drawing.node("m", 200, 0)
    drawing.node("n", 250, 0)
    for name, x_m, y_m in (("a", 0, 0), ("b", 400, 0), ("c", 400, 400), ("d", 0, 400)):
        drawing.node(name, x_m, y_m)
    drawing.way("a m", name="Lane")
    drawing.way("m n", name="Lane", bicycle="dismount")
    drawing.way("n b", name="Lane")
    for nodes in ("b c", "c d", "d a"):
        drawing.way(nodes)
    leg = Streets(drawing.network()).leg(place(100, 0), place(300, 0), "bike")
    assert [(step.turn, step.push) for step in leg.steps] == [
        ("depart", False),
        ("continue", True),
        ("continue", False),
        ("arrive", False),
    ]
    assert leg.steps[1].length_m == pytest.approx(50, abs=0.5)


@pytest.mark.parametrize(
    "tags", [{"access": "no"}, {"highway": "motorway"}, {"motorroad": "yes"}, {"foot": "no", "bicycle": "no"}]
)
def test_a_closed_street_is_not_even_snapped_to(drawing: Drawing, tags: dict[str, str]) -> None:
    square(drawing, **tags)
    streets = Streets(drawing.network())
    assert streets.snap([place(200, 10)], "bike").distance_m[0] > 150


def test_a_private_drive_is_reached_slowly_but_reached(drawing: Drawing) -> None:
    """Riders deliver there, so it is not closed; nobody should ride through for a short cut."""
    drawing.node("m", 200, 0)
    drawing.node("house", 200, 80)
    square(drawing, "a m b")
    drawing.way("m house", highway="service", access="private")
    seconds = _seconds(drawing, "bike", (100, 0), (200, 80))
    assert seconds == pytest.approx(100 / BIKE.cruise_ms + 80 / BIKE.private_ms, abs=0.5)


def test_a_signal_costs_its_mean_wait_once(drawing: Drawing) -> None:
    """Two signals 20 m apart are one junction."""
    drawing.node("m", 200, 0, highway="traffic_signals")
    drawing.node("n", 220, 0, highway="traffic_signals")
    square(drawing, "a m n b")
    for start, end in (((100, 0), (300, 0)), ((300, 0), (100, 0))):
        assert _seconds(drawing, "bike", start, end) == pytest.approx(200 / BIKE.cruise_ms + SIGNAL_S, abs=0.2)


def test_a_signal_for_the_other_direction_costs_nothing(drawing: Drawing) -> None:
    drawing.node("m", 200, 0, highway="traffic_signals", traffic_signals__direction="backward")
    square(drawing, "a m b")
    assert _seconds(drawing, "bike", (100, 0), (300, 0)) == pytest.approx(200 / BIKE.cruise_ms, abs=0.2)
    assert _seconds(drawing, "bike", (300, 0), (100, 0)) == pytest.approx(200 / BIKE.cruise_ms + SIGNAL_S, abs=0.2)


def _crossing(drawing: Drawing) -> dict[str, int]:
    """Four arms of 200 m around m, and a wide ring that joins their ends."""
    drawing.node("m", 0, 0)
    arms = {"w": (-200, 0), "e": (200, 0), "n": (0, 200), "s": (0, -200)}
    for name, (x_m, y_m) in arms.items():
        drawing.node(name, x_m, y_m)
    ways = {name: drawing.way(f"{name} m", name=f"Arm {name}") for name in arms}
    for nodes in ("w n", "n e", "e s", "s w"):
        drawing.way(nodes, name="Ring")
    return ways


def test_a_forbidden_turn_is_not_taken(drawing: Drawing) -> None:
    ways = _crossing(drawing)
    free = _seconds(drawing, "bike", (-50, 0), (0, 50))
    drawing.restriction(ways["w"], "m", ways["n"], restriction="no_left_turn")
    assert _seconds(drawing, "bike", (-50, 0), (0, 50)) > free + 200 / BIKE.cruise_ms
    assert _seconds(drawing, "bike", (0, 50), (-50, 0)) == pytest.approx(free, abs=0.3)


def test_a_commanded_turn_leaves_no_other(drawing: Drawing) -> None:
    ways = _crossing(drawing)
    free = _seconds(drawing, "bike", (-50, 0), (50, 0))
    drawing.restriction(ways["w"], "m", ways["e"], restriction="only_straight_on")
    assert _seconds(drawing, "bike", (-50, 0), (50, 0)) == pytest.approx(free, abs=0.3)
    for aside in ((0, 50), (0, -50)):
        assert _seconds(drawing, "bike", (-50, 0), aside) > free + 200 / BIKE.cruise_ms


@pytest.mark.parametrize("to", ["ring", "w"])
def test_a_command_that_nobody_can_follow_binds_nobody(drawing: Drawing, to: str) -> None:
    """A street that does not touch the junction, or the one on which the rider came and which ends there."""
    ways = _crossing(drawing) | {"ring": 5}
    free = [_seconds(drawing, "bike", (-50, 0), end) for end in ((50, 0), (0, 50), (0, -50))]
    drawing.restriction(ways["w"], "m", ways[to], restriction="only_straight_on")
    bound = [_seconds(drawing, "bike", (-50, 0), end) for end in ((50, 0), (0, 50), (0, -50))]
    assert bound == pytest.approx(free, abs=0.3)


@pytest.mark.parametrize("tags", [{"except": "bicycle"}, {"except": "psv;bicycle"}])
def test_a_restriction_that_excepts_bicycles_binds_nobody(drawing: Drawing, tags: dict[str, str]) -> None:
    ways = _crossing(drawing)
    free = _seconds(drawing, "bike", (-50, 0), (0, 50))
    drawing.restriction(ways["w"], "m", ways["n"], restriction="no_left_turn", **tags)
    assert _seconds(drawing, "bike", (-50, 0), (0, 50)) == pytest.approx(free, abs=0.3)


def test_only_the_restricted_junction_is_split(drawing: Drawing) -> None:
    ways = _crossing(drawing)
    plain = drawing.network()
    drawing.restriction(ways["w"], "m", ways["n"], restriction="no_left_turn")
    split = drawing.network()
    assert plain.info.restrictions == 0
    assert split.info.restrictions == 1
    assert split.node_count == plain.node_count - 1 + 9  # the node stays in the count: 4 arriving, 4 leaving, 1 unused
    assert len(split.arc_tail) - len(plain.arc_tail) == 4 * 3 - 1
