"""Fair shares steer by what work brought, over many days, and their price is measured the same way each time."""
import json

import pytest

from routing.bench import fairness as bench
from routing.cli import main
from routing.day import DayOrder
from routing.engines.insertion import Insertion
from routing.fairness import LEAST_S, Shares
from routing.problem import Courier, Shipment, Stop
from routing.replay import Conduct, LiveDay
from routing.rolling import Policy
from routing.weights import Weights
from tests.unit.routing.test_replay import day, order, rider

ORDER = DayOrder(shipment=Shipment(id="o", pickup=Stop(place=0), dropoffs=(Stop(place=1),)), placed_s=0)


def conduct(cap: int) -> Conduct:
    return Conduct(name="ours", engine=Insertion(), policy=Policy(look_ahead_s=3600, leave_early_s=3600, every_s=30),
                   weights=Weights(fairness_cap=cap), overtime_limit_s=900)


def test_an_hour_that_runs_counts_as_far_as_it_is_gone() -> None:
    """Two orders in the half hour since the shift began are four an hour."""
    shares = Shares()
    shares.credit("a", ORDER)
    shares.credit("a", ORDER)
    anna = Courier(id="a", place=0, ready_s=600, shift_end_s=9000)
    assert shares.hourly([anna], 600 + LEAST_S) == {"a": 4}
    assert shares.hourly([anna], 600 + LEAST_S - 1) == {}


def test_days_before_count() -> None:
    """A rich yesterday makes today's orders dearer for that rider."""
    shares = Shares(worth=lambda _order: 6.0)
    shares.credit("a", ORDER)
    anna = Courier(id="a", place=0, ready_s=0, shift_end_s=7200)
    shares.end_day([anna])
    assert shares.hourly([anna], 0) == {"a": 3}


@pytest.mark.parametrize(("cap", "winner"), [(0, "near"), (600_000, "far")])
def test_rider_who_got_less_gets_the_order_if_the_members_want_it(cap: int, winner: str) -> None:
    """Two blocks farther away, but yesterday brought nothing there."""
    riders = [rider("near", 1), rider("far", 2)]
    shares = Shares(earned={"near": 30.0, "far": 10.0}, worked_s={"near": 7200, "far": 7200})
    lived = LiveDay(day(riders, [order("1", 1, 0)]), conduct(cap), 1, shares).live()
    assert [served.courier_id for served in lived.served] == [winner]


def test_a_day_of_its_own_begins_with_nothing() -> None:
    """Nobody is favoured before anybody has worked half an hour."""
    lived = LiveDay(day([rider("near", 1), rider("far", 8)], [order("1", 1, 0)]), conduct(600_000), 1).live()
    assert [served.courier_id for served in lived.served] == ["near"]


def test_bench_prints_one_line_with_the_curve(capsys: pytest.CaptureFixture[str]) -> None:
    """A point per cap, the same evenings under each."""
    main("bench fairness --riders 5 --orders 8 --days 1 --caps 0,60 --iterations 5 --json".split())
    line = json.loads(capsys.readouterr().out)
    assert [point["cap_s"] for point in line["curve"]] == [0, 60]
    assert all(0 < point["gini"] < 1 and point["click_to_door_min"] > 5 for point in line["curve"])


def test_evenings_are_the_same_for_the_same_seed() -> None:
    """Otherwise two caps could not be compared."""
    assert bench.fortnight(4, 6, 2, 3)[1].orders == bench.fortnight(4, 6, 2, 3)[1].orders
    assert bench.fortnight(4, 6, 2, 3)[0].orders != bench.fortnight(4, 6, 2, 4)[0].orders
