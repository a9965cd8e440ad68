"""Whatever riders, coordinators and merchants do to an order, its state stays one that makes sense."""
from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dispatch.core.errors import Conflict
from dispatch.orders.rules import (
    ENDED_ORDER_STATES,
    OPEN_TASK_STATES,
    ORDER_STATES,
    TASK_STATES,
    TaskFacts,
    check_cancellable,
    check_order_of_tasks,
    next_task_state,
    order_state,
)

RIDERS = st.sampled_from(["start", "arrive", "complete", "fail", "restore"])
ACTIONS = ("assign", "unassign", "start", "arrive", "complete", "fail", "cancel", "restore", "reopen")


class OneOrder(RuleBasedStateMachine):
    """An order with one to four drops, moved as the services move it: whatever the rules allow, and nothing else."""

    @initialize(drops=st.integers(1, 4))
    def place(self, drops: int) -> None:
        """A merchant places it."""
        self.tasks = [TaskFacts(kind="pickup", state="todo")] + [TaskFacts(kind="dropoff", state="todo")] * drops
        self.was_cancelled = False

    @rule(which=st.integers(0, 4), action=RIDERS, is_there=st.booleans())
    def ride(self, which: int, action: str, is_there: bool) -> None:
        """A rider taps something, sensible or not."""
        at = which % len(self.tasks)
        try:
            check_order_of_tasks(self.tasks[at].kind, self.tasks, action)
            self._move(at, action, is_there=is_there)
        except Conflict:
            return
        if at == 0 and action == "fail":
            self._cancel_open()
        elif at == 0 and action == "restore":
            for drop in range(1, len(self.tasks)):
                if self.tasks[drop].state == "cancelled":
                    self._move(drop, "reopen")

    @rule(action=st.sampled_from(["assign", "unassign"]))
    def plan(self, action: str) -> None:
        """The planner gives all that is open to somebody, or takes it away."""
        for at, task in enumerate(self.tasks):
            if task.state in OPEN_TASK_STATES and (action == "assign") == (task.state in ("todo", "assigned")):
                self._move(at, action)

    @rule()
    def cancel(self) -> None:
        """The merchant changes their mind."""
        try:
            check_cancellable(self.tasks)
        except Conflict:
            assert any(task.state == "done" for task in self.tasks) or not self._is_open()
            return
        self._cancel_open()
        self.was_cancelled = all(task.state == "cancelled" for task in self.tasks)

    @invariant()
    def the_state_is_one_that_merchants_know(self) -> None:
        """And every task is in one of its own."""
        assert self._state() in ORDER_STATES
        assert {task.state for task in self.tasks} <= set(TASK_STATES)

    @invariant()
    def nothing_is_delivered_that_was_not_picked_up(self) -> None:
        """Delivered: picked up, and at every door that is left handed over."""
        if self._state() == "delivered":
            assert self.tasks[0].state == "done"
            assert {task.state for task in self.tasks[1:]} <= {"done", "cancelled"}
            assert any(task.state == "done" for task in self.tasks[1:])

    @invariant()
    def what_has_ended_has_nothing_left_to_do(self) -> None:
        """No rider carries a task of an order that the merchant thinks is over."""
        assert (self._state() in ENDED_ORDER_STATES) == (not self._is_open())

    @invariant()
    def cancelled_is_for_ever(self) -> None:
        """A refund is under way by then."""
        if self.was_cancelled:
            assert self._state() == "cancelled"

    @invariant()
    def a_return_changes_only_what_failed(self) -> None:
        """Goods come back only when a door failed after the pickup."""
        if order_state(self.tasks, returned=False) != self._state():
            assert any(task.state == "failed" for task in self.tasks[1:]) and self.tasks[0].state == "done"
            assert order_state(self.tasks, returned=False) == "returning"
            assert order_state(self.tasks, returned=True) == "returned"

    def _move(self, at: int, action: str, *, is_there: bool = False) -> None:
        state = next_task_state(self.tasks[at].state, action, is_there=is_there)
        self.tasks[at] = replace(self.tasks[at], state=state)

    def _cancel_open(self) -> None:
        for at, task in enumerate(self.tasks):
            if task.state in OPEN_TASK_STATES:
                self._move(at, "cancel")

    def _is_open(self) -> bool:
        return any(task.state in OPEN_TASK_STATES for task in self.tasks)

    def _state(self) -> str:
        return order_state(self.tasks)


TestOneOrder = OneOrder.TestCase
"""Hypothesis plays it through; the name is what pytest looks for."""


@pytest.mark.parametrize("state", TASK_STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_task_moves_to_a_known_state_or_says_what_cannot_be(state: str, action: str) -> None:
    """No third way: a move that nobody thought of is refused in words, with the state it is in."""
    try:
        assert next_task_state(state, action) in TASK_STATES
    except Conflict as refused:
        assert refused.code == "wrong_state"
        assert state in refused.message and action in refused.message


def test_nothing_but_its_pickups_return_moves_a_cancelled_task() -> None:
    """Its parcel may be in somebody else's van by now."""
    for action in ACTIONS[:-1]:
        with pytest.raises(Conflict):
            next_task_state("cancelled", action)
