"""A search keeps to its deadline, and keeps time for writing its answer down."""

from routing.engines.interface import Deadline
from routing.engines.pace import Pace


def test_time_for_the_answer_is_kept_but_never_more_than_half() -> None:
    """An answer of 300 orders takes 15 ms of processor time, and several times that beside other work."""
    pace = Pace(Deadline(seconds=10.0))
    pace.keep(2.0)
    assert pace.left_s is not None and 5.0 - 0.5 < pace.left_s < 8.0
    pace.keep(100.0)
    assert 5.0 - 0.5 < pace.left_s <= 5.0
    assert pace.used() < 0.5


def test_clock_is_asked_more_often_where_iterations_are_slow() -> None:
    pace = Pace(Deadline(seconds=1.0))
    assert pace.after(chunk=100, took_s=1.0) == 2
    assert pace.after(chunk=100, took_s=0.0) == 200
    assert Pace(Deadline(iterations=5)).after(chunk=100, took_s=1.0) == 100


def test_counted_iterations_end_at_the_share_that_is_asked_for() -> None:
    """The first part of a search must leave iterations to the others, however few there are."""
    pace = Pace(Deadline(iterations=50))
    assert (pace.next_chunk(until=0.5), pace.next_chunk(until=0.5), pace.next_chunk()) == (25, 0, 25)
    assert pace.used() >= 1 and pace.left == 0 and pace.left_s is None


def test_of_no_iterations_all_are_used_up_but_not_the_time() -> None:
    """Otherwise a search without iterations would never end; and what is missing is put in all the same."""
    pace = Pace(Deadline(iterations=0))
    assert pace.used() >= 1 and pace.next_chunk() == 0 and pace.has_time()
    assert not Pace(Deadline(seconds=0.0)).has_time()
