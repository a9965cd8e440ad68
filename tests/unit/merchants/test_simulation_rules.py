"""What the robot courier of test orders does: every script is one that the real state machine allows."""
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.orders.rules import TaskFacts, check_order_of_tasks, next_task_state, order_state
from merchants.simulation_rules import AT_PLACE_S, LATE_S, SCENARIOS, Ride, Step, count_due, write_script

RIDES = st.builds(Ride, drops=st.integers(1, 12), route_m=st.integers(0, 40_000),
                  promised_s=st.none() | st.floats(0, 10_000))


def lived(script: Sequence[Step], drops: int) -> list[str]:
    """The states of all tasks after every step, each allowed by the rules that real riders follow."""
    states = ["todo"] * (drops + 1)
    for step in script:
        kinds = ["pickup", *["dropoff"] * drops]
        facts = [TaskFacts(kind=kind, state=state) for kind, state in zip(kinds, states, strict=True)]
        check_order_of_tasks(kinds[step.task], facts, step.action)
        states[step.task] = next_task_state(states[step.task], step.action)
    return states


@given(scenario=st.sampled_from(sorted(set(SCENARIOS) - {"no_rider"})), ride=RIDES)
def test_every_script_is_ordered_and_allowed_and_ends_the_order(scenario: str, ride: Ride) -> None:
    """A merchant's code must never see a sequence that no rider could cause."""
    script = write_script(scenario, ride)
    assert [step.after_s for step in script] == sorted(step.after_s for step in script)
    states = lived(script, ride.drops)
    kinds = ["pickup", *["dropoff"] * ride.drops]
    end = order_state([TaskFacts(kind=kind, state=state) for kind, state in zip(kinds, states, strict=True)],
                      returned=False)
    assert end == ("returning" if scenario == "undeliverable_return" else "delivered")


@given(ride=RIDES)
def test_late_ends_at_least_twenty_minutes_after_the_promise(ride: Ride) -> None:
    """Whoever chooses it wants to see how their shop treats lateness."""
    usual = write_script("delivered", ride)[-1].after_s
    late = write_script("late", ride)[-1].after_s
    assert late == pytest.approx(max(usual, ride.promised_s or 0) + LATE_S)


def test_the_rider_who_cancels_has_started_before() -> None:
    """The order is assigned, then waits again, then another rider comes."""
    actions = [step.action for step in write_script("cancel_by_rider", Ride(drops=1, route_m=900))]
    assert actions == ["assign", "assign", "start", "unassign", "unassign", "assign", "assign",
                       "start", "arrive", "complete", "start", "arrive", "complete"]


def test_a_return_begins_with_the_parcel_on_board() -> None:
    """Its pickup is done already."""
    assert {step.task for step in write_script("delivered", Ride(drops=1, route_m=900, is_return=True))} == {1}


def test_speed_shortens_everything() -> None:
    """A script of minutes passes in seconds."""
    script = write_script("delivered", Ride(drops=1, route_m=900))
    end_s = script[-1].after_s
    assert count_due(script, end_s / 60, 60) == len(script) > count_due(script, end_s / 60 - AT_PLACE_S / 60, 60)
