"""The growth bench measures what it says; here on small towns, its goals are for compiled kernels."""

from dataclasses import replace

from routing.bench.growth import GOALS, SIZES, measure_kept, measure_size, missed_by

KEPT = {name: 0.0 for name in GOALS}


def test_a_size_is_measured_from_nothing_and_checked() -> None:
    row = measure_size(5, 12, 0.3)
    assert (row.riders, row.orders, row.unserved, row.feasible) == (5, 12, 0, True)
    assert 0 < row.cost <= row.insertion_cost
    assert row.process_mb > 10


def test_a_size_under_a_share_is_sound_only_within_it() -> None:
    row = measure_size(4, 12, 0.3, most_each=3)
    assert (row.most_each, row.unserved, row.feasible) == (3, 0, True)


def test_repeated_searches_tell_how_much_memory_they_keep() -> None:
    figures = measure_kept(solves=1, warm_up=1)
    assert figures["solves"] == 1 and figures["kept_mb"] < 100 and figures["longest_solve_s"] > 0


def test_figure_beyond_its_goal_and_broken_plan_are_named() -> None:
    row = measure_size(2, 2, 0.1)
    assert missed_by([row], KEPT) == []
    assert missed_by([replace(row, feasible=False)], KEPT | {"kept_mb": 21.0}) == [
        "kept_mb", "2 riders, 2 orders: broken plan"
    ]


def test_sizes_grow_as_far_as_promised() -> None:
    """From 50 to 5,000 orders and from 10 to 1,000 riders."""
    riders, orders = zip(*SIZES, strict=True)
    assert (min(riders), max(riders), min(orders), max(orders)) == (10, 1_000, 50, 5_000)
