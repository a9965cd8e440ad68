"""The meal delivery bench: the rules judged from the files alone, and days lived without breaking one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.bench.mdrp import engines, replay
from routing.bench.mdrp_day import Conduct, LiveDay
from routing.bench.mdrp_files import Assignment, Day, Delivery, Instance, Move, read_day, read_instance, write_day
from routing.bench.mdrp_judge import figures, violations
from routing.cli import main
from routing.engines.insertion import Insertion
from routing.engines.ruin_recreate import RuinRecreate
from tests.unit.routing.meals import courier, instance, instances, meal

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "mdrp"

STREET = instance([meal("o1", 1000, placed=3, ready=10), meal("o2", 700, placed=5, ready=11)], [courier()])
GOOD = Day(
    assignments=(Assignment(assigned_min=9, pickup_min=11, courier="c1", orders=("o2", "o1")),),
    deliveries=(
        Delivery(order="o2", placed_min=5, ready_min=11, pickup_min=11, dropoff_min=17, courier="c1"),
        Delivery(order="o1", placed_min=3, ready_min=10, pickup_min=11, dropoff_min=24, courier="c1"),
    ),
    moves=(
        Move(courier="c1", departs_min=4, origin="0", destination="r1"),
        Move(courier="c1", departs_min=13, origin="r1", destination="o2"),
        Move(courier="c1", departs_min=19, origin="o2", destination="o1"),
    ),
)
"""A bundle fetched at minute 11: 2 to leave, 2 to ride, 2 to the door; then 2, 3, 2."""


def assignment(**facts: object) -> Day:
    return replace(GOOD, assignments=(replace(GOOD.assignments[0], **facts),))  # type: ignore[arg-type]


def delivery(number: int, **facts: object) -> Day:
    rows = list(GOOD.deliveries)
    rows[number] = replace(rows[number], **facts)  # type: ignore[arg-type]
    return replace(GOOD, deliveries=tuple(rows))


def move(number: int, **facts: object) -> Day:
    rows = list(GOOD.moves)
    rows[number] = replace(rows[number], **facts)  # type: ignore[arg-type]
    return replace(GOOD, moves=tuple(rows))


def test_good_day_passes() -> None:
    assert violations(STREET, GOOD) == []


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (assignment(assigned_min=4), "before an order was placed"),
        (assignment(assigned_min=12), "after its pickup"),
        (assignment(orders=("o1", "o2")), "not in the sequence"),
        (assignment(orders=("o1", "o1")), "assigned 2 times"),
        (assignment(orders=("o2",)), "o1 is delivered but not assigned"),
        (assignment(courier="c9"), "unknown courier c9"),
        (assignment(orders=("o7",)), "unknown order o7"),
        (replace(GOOD, deliveries=GOOD.deliveries[:1]), "o1 is assigned but not delivered"),
        (replace(GOOD, deliveries=(*GOOD.deliveries, GOOD.deliveries[0])), "delivered 2 times"),
        (delivery(0, dropoff_min=16), "o2: courier is not at the door"),
        (delivery(0, pickup_min=10), "o2: pickup or courier is not"),
        (delivery(1, ready_min=9), "o1: placement or ready time"),
        (move(0, departs_min=5), "not at r1 for the whole service"),
        (move(0, departs_min=-1), "before arriving at 0"),
        (move(1, departs_min=12), "not at r1 for the whole service"),
        (move(1, origin="r2"), "leaves r2 at 13 but is at r1"),
        (move(2, departs_min=18), "o2: courier is not at the door"),
        (move(2, destination="r9"), "unknown place r9"),
    ],
)
def test_each_broken_rule_is_found(day: Day, words: str) -> None:
    assert any(words in sentence for sentence in violations(STREET, day))


def test_pickup_before_a_meal_is_ready_is_found() -> None:
    late = instance([meal("o1", 1000, placed=3, ready=12), meal("o2", 700, placed=5, ready=11)], [courier()])
    assert any("before an order was ready" in sentence for sentence in violations(late, GOOD))


def test_pickup_after_the_end_of_the_shift_is_found_and_a_dropoff_after_it_is_not() -> None:
    meals = list(STREET.orders.values())
    assert any("went off" in sentence for sentence in violations(instance(meals, [courier(off=10)]), GOOD))
    assert violations(instance(meals, [courier(off=11)]), GOOD) == []


def test_bundle_of_two_restaurants_is_found() -> None:
    two = instance([meal("o1", 1000, 3, 10, "r2"), meal("o2", 700, 5, 11)], [courier()])
    assert any("several restaurants" in sentence for sentence in violations(two, GOOD))


def test_figures_are_those_worked_out_by_hand() -> None:
    found = figures(STREET, replace(GOOD, deliveries=GOOD.deliveries))
    assert found.click_to_door_min == 16.5  # 12 and 21 minutes
    assert found.ready_to_pickup_min == 0.5
    assert found.excess_min == 16.5 - (((11 - 5) + 2 + 4) + ((10 - 3) + 5 + 4)) / 2
    assert found.cost_per_order == 15.0  # two hours of guaranteed pay beat two orders
    assert found.click_to_door_p90_min == 20.1
    assert found.undelivered_percent == 0 and found.above_90_per_1000 == 0
    assert found.utilisation == round((5 + 2 + 3 + 4 + 4 + 4) / 120, 3)


def test_undelivered_orders_are_counted() -> None:
    nothing = Day(assignments=(), deliveries=(), moves=())
    assert violations(STREET, nothing) == []
    assert figures(STREET, nothing).undelivered_percent == 100


def test_files_read_back_as_they_were_written(tmp_path: Path) -> None:
    write_day(GOOD, tmp_path)
    assert read_day(tmp_path) == GOOD
    head = (tmp_path / "solution_info_assignments.txt").read_text().splitlines()
    assert head == ["assignment_time pickup_time courier order", "9 11 c1 o2 o1"]


@given(instances(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_day_breaks_a_rule(day: Instance, is_searched: bool) -> None:
    """Courier ends, odd service times, doors at the counter: feasibility comes before every figure."""
    engine = RuinRecreate() if is_searched else Insertion()
    lived = LiveDay(day, engine, Conduct(iterations=10), seed=1).run()
    assert violations(day, lived) == []


def test_two_meals_of_one_counter_ride_together() -> None:
    day = LiveDay(STREET, Insertion(), Conduct(iterations=0), seed=1).run()
    assert [row.orders for row in day.assignments] == [("o2", "o1")]


def test_nothing_is_known_before_its_time() -> None:
    """A day with a later order begins exactly like the day without it."""
    early = [meal("o1", 1000, placed=3, ready=10)]
    with_late = instance([*early, meal("o2", 700, placed=60, ready=70)], [courier(), courier("c2", x=1500)])
    without = instance(early, [courier(), courier("c2", x=1500)])
    first = LiveDay(without, RuinRecreate(), Conduct(iterations=10), seed=1).run()
    second = LiveDay(with_late, RuinRecreate(), Conduct(iterations=10), seed=1).run()
    assert [m for m in second.moves if m.departs_min < 60] == list(first.moves)


def test_courier_whose_shift_is_over_gets_nothing() -> None:
    lone = instance([meal("o1", 1000, placed=50, ready=60)], [courier(off=55)])
    assert LiveDay(lone, Insertion(), Conduct(iterations=0), seed=1).run().assignments == ()


def write_instance(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "restaurants.txt").write_text("restaurant\tx\ty\nr1\t500\t0\n")
    (folder / "orders.txt").write_text("order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t900\t0\t5\tr1\t12\n")
    (folder / "couriers.txt").write_text("courier\tx\ty\ton_time\toff_time\nc1\t0\t0\t0\t60\n")
    (folder / "instance_parameters.txt").write_text(
        "meters_per_minute\tpickup service minutes\tdropoff service minutes\ttarget click-to-door\t"
        "maximum click-to-door\tpay per order\tguaranteed pay per hour\n100\t4\t4\t40\t90\t10\t15\n"
    )
    return folder


def test_command_replays_a_folder_of_instances(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        write_instance(tmp_path / "days" / name)
    assert main(["bench", "mdrp", str(tmp_path / "days"), "--out", str(tmp_path / "out"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [row["instance"] for row in answer["instances"]] == ["one", "two"]
    assert answer["mean"]["click_to_door_min"] == 15 and answer["mean"]["feasible_percent"] == 100
    assert (tmp_path / "out" / "two" / "solution_info_orders.txt").read_text().splitlines()[1] == "o1 5 12 12 20 c1"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("orders.txt", "order\tx\n", "no column 'y'"),
        ("orders.txt", "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t1\t1\tnoon\tr1\t9\n", "line 2"),
        ("orders.txt", "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t1\t1\t1\tr7\t9\n", "unknown"),
        ("couriers.txt", "courier\tx\ty\ton_time\toff_time\nr1\t0\t0\t0\t60\n", "used twice"),
    ],
)
def test_bad_instance_is_refused_with_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, words: str
) -> None:
    folder = write_instance(tmp_path / "day")
    (folder / name).write_text(text)
    assert main(["bench", "mdrp", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert words in capsys.readouterr().err


def test_folder_without_an_instance_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "mdrp", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "neither an instance" in capsys.readouterr().err


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared instances are not here")
def test_real_evening_by_insertion_alone_is_feasible(tmp_path: Path) -> None:
    result = replay(SHARED / "0r50t100s1p125", tmp_path, engines()["insertion"], Conduct(iterations=0), seed=1)
    assert result.violations == () and result.figures.undelivered_percent < 2
    assert read_instance(SHARED / "0r50t100s1p125").name == "0r50t100s1p125"
