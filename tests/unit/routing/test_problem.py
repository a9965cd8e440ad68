"""Contradictions are refused where they enter, by name."""

from datetime import datetime

import numpy as np
import pytest

from routing.problem import Courier, ProblemError, Shipment, Stop, StopRef, TimeWindow, TravelMatrix
from routing.weights import Weights
from tests.unit.routing.problems import problem, shipment, stop

ANNA = Courier(id="anna", place=0)
BEN = Courier(id="ben", place=8)


@pytest.mark.parametrize("place", [1.0, float("nan"), True, -1, 10**9])
def test_place_that_is_no_index_is_refused(place: object) -> None:
    """NaN and floats come from careless travel times; an index out of range would crash the kernels."""
    with pytest.raises(ProblemError, match="place"):
        Stop(place=place)  # type: ignore[arg-type]


@pytest.mark.parametrize("due", [float("nan"), 10**12, -(10**12), 3.5])
def test_time_beyond_the_horizon_is_refused(due: object) -> None:
    """A huge time would silently win every comparison."""
    with pytest.raises(ProblemError, match="due_s"):
        stop(1, due_s=due)


def test_window_that_closes_before_it_opens_is_refused() -> None:
    with pytest.raises(ProblemError, match="opens at 10 after it closes at 5"):
        TimeWindow(opens_s=10, closes_s=5)


def test_shipment_without_dropoff_is_refused() -> None:
    with pytest.raises(ProblemError, match="s: no dropoff"):
        Shipment(id="s", pickup=stop(1), dropoffs=())


def test_goods_on_board_have_no_pickup() -> None:
    """Otherwise a rider would be sent to fetch what they carry."""
    with pytest.raises(ProblemError, match="no pickup exactly"):
        shipment("s", 1, 2, on_board_of="anna")


def test_goods_cannot_have_left_a_counter_that_is_still_to_come() -> None:
    with pytest.raises(ProblemError, match="left its pickup"):
        shipment("s", 1, 2, left_s=-60)


def test_goods_on_board_cannot_be_pinned_to_somebody_else() -> None:
    with pytest.raises(ProblemError, match="on board of anna but pinned to ben"):
        Shipment(id="s", pickup=None, dropoffs=(stop(1),), on_board_of="anna", pinned_to="ben")


def test_goods_on_board_of_a_rider_who_vanished_are_refused() -> None:
    """The dispatcher must decide what becomes of them; no engine can."""
    lost = Shipment(id="s", pickup=None, dropoffs=(stop(1),), on_board_of="zoe")
    with pytest.raises(ProblemError, match="on board of unknown zoe"):
        problem((ANNA,), (lost,))


def test_stop_pinned_to_two_riders_is_refused() -> None:
    s = shipment("s", 1, 2)
    with pytest.raises(ProblemError, match="pinned twice"):
        problem((ANNA, BEN), (s,), pinned={"anna": (s.refs[0],), "ben": (s.refs[0],)})


def test_pin_against_another_pin_is_refused() -> None:
    s = shipment("s", 1, 2, pinned_to="ben")
    with pytest.raises(ProblemError, match="pinned to anna, bound to ben"):
        problem((ANNA, BEN), (s,), pinned={"anna": (s.refs[0],)})


def test_dropoff_pinned_without_its_pickup_is_refused() -> None:
    s = shipment("s", 1, 2)
    with pytest.raises(ProblemError, match="without its pickup"):
        problem((ANNA,), (s,), pinned={"anna": (s.refs[1],)})


def test_pin_of_an_unknown_stop_is_refused() -> None:
    with pytest.raises(ProblemError, match="unknown"):
        problem((ANNA,), (), pinned={"anna": (StopRef("ghost", 0),)})


def test_two_shipments_of_one_id_are_refused() -> None:
    with pytest.raises(ProblemError, match="share an id"):
        problem((ANNA,), (shipment("s", 1, 2), shipment("s", 3, 4)))


def test_place_outside_the_matrix_is_refused() -> None:
    with pytest.raises(ProblemError, match="outside the travel matrix"):
        problem((ANNA,), (shipment("s", 1, 9),))


def test_profile_without_matrix_is_refused() -> None:
    with pytest.raises(ProblemError, match="no travel matrix for profile 'rocket'"):
        problem((Courier(id="anna", place=0, profile="rocket"),), ())


@pytest.mark.parametrize(
    "seconds",
    [np.zeros((2, 3), np.int32), np.zeros((2, 2)), np.full((2, 2), np.nan), np.full((2, 2), -1, np.int32)],
    ids=["not square", "floats", "nan", "negative"],
)
def test_matrix_that_is_no_matrix_of_seconds_is_refused(seconds: np.ndarray) -> None:
    with pytest.raises(ProblemError):
        TravelMatrix(seconds=seconds)


def test_naive_epoch_is_refused() -> None:
    """A naive time would be read as the server's, not the riders'."""
    with pytest.raises(ProblemError, match="aware"):
        problem((ANNA,), (), epoch=datetime(2026, 1, 1))


@pytest.mark.parametrize("value", [-1, 0.5, True, 10**12])
def test_weight_that_is_no_whole_number_is_refused(value: object) -> None:
    """Whole numbers are what makes two engines agree to the last digit."""
    with pytest.raises(ValueError, match="waiting_per_s"):
        Weights(waiting_per_s=value)  # type: ignore[arg-type]


def test_lateness_never_becomes_cheaper_with_time() -> None:
    with pytest.raises(ValueError, match="cheaper"):
        Weights(lateness_per_s=10, steep_lateness_per_s=5)
