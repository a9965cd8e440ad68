"""One table: which event causes which tasks, and on which queue. A structure test keeps it complete."""

from __future__ import annotations

QUEUES = ("planning", "notifying", "webhooks", "accounts")

PLAN = ("planning.plan_zone", "planning")
PUSH_RUN = ("notifying.push_run", "notifying")
TELL_MERCHANT = ("webhooks.queue_status", "webhooks")

ROUTES: dict[str, tuple[tuple[str, str], ...]] = {
    "OrderPlaced": (PLAN,),
    "OrderStatusChanged": (TELL_MERCHANT,),
    "OrderCancelled": (PLAN,),
    "OrderDelivered": (("accounts.charge_merchant", "accounts"),),
    "TaskMoved": (PLAN,),
    "RunChanged": (PUSH_RUN,),
    "PlanWanted": (PLAN,),
    "HazardReported": (("planning.find_riders_near", "notifying"),),
    "HazardChanged": (),
    "HazardOnTheWay": (("notifying.warn_rider", "notifying"),),
    "OfferMade": (("notifying.push_offer", "notifying"),),
    "OfferAnswered": (PLAN, ("notifying.push_answer", "notifying")),
    "RiderNudged": (("notifying.push_nudge", "notifying"),),
    "OpenBoardChanged": (),
    "HelpWanted": (("notifying.alert_help", "notifying"),),
    "HelpAnswered": (),
    "QuestionAsked": (("notifying.alert_question", "notifying"),),
    "QuestionAnswered": (("notifying.push_question_answer", "notifying"),),
    "PlanProposed": (("notifying.alert_coordinators", "notifying"),),
    "PlanRefused": (("notifying.alert_coordinators", "notifying"),),
    "ShiftStarted": (PLAN,),
    "ShiftEnded": (PLAN, ("accounts.settle_shift", "accounts")),
    "PeriodClosed": (("accounts.announce_statements", "accounts"),),
    "TestPushWanted": (("notifying.push_test", "notifying"),),
}

WAITS_S = {"TaskMoved": 1.0}
"""Real seconds that the tasks of an event wait, so that one round of planning answers what many riders do meanwhile."""

TOGETHER = {"planning.plan_zone": "zone_id"}
"""Tasks that answer all that waits about the same thing: one message is sent for all."""

TASK_MODULES = ("worker.planning", "worker.notifying", "worker.webhooks", "worker.accounts", "worker.periodic")


def _every(task: str, queue: str, seconds: float) -> dict[str, object]:
    """One line of the beat table; a run that was not taken in time is dropped, the next one is enough."""
    return {"task": task, "schedule": seconds, "options": {"queue": queue, "expires": max(5.0, seconds)}}


BEAT = {
    "sweep-plans": _every("periodic.sweep_plans", "planning", 5.0),
    "replan": _every("periodic.replan", "planning", 20.0),
    "end-offers": _every("periodic.end_offers", "accounts", 2.0),
    "reach-riders": _every("periodic.reach_riders", "notifying", 10.0),
    "tell-silences": _every("periodic.tell_silences", "notifying", 60.0),
    "learn-paces": _every("periodic.learn_paces", "planning", 30.0),
    "foretell": _every("periodic.foretell", "accounts", 900.0),
    "nudge-riders": _every("periodic.nudge_riders", "accounts", 20.0),
    "send-webhooks": _every("periodic.send_webhooks", "webhooks", 2.0),
    "ride-test-orders": _every("periodic.ride_test_orders", "accounts", 2.0),
    "end-shifts": _every("periodic.end_shifts", "accounts", 10.0),
    "forget": _every("periodic.forget", "accounts", 3600.0),
}
