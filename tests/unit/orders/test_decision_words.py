"""Every decision is explained to rider, coordinator and merchant, in every language that Paceline speaks."""
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from dispatch.app import HERE
from dispatch.core.web import LANGUAGES
from dispatch.orders import decisions
from dispatch.orders.decisions import DecisionView
from routing.objective import Terms
from routing.solution import Reason

ADA, BO, CY = (UUID(int=number) for number in (1, 2, 3))


@pytest.fixture(autouse=True)
def app() -> Iterator[None]:
    """Words, and nothing else."""
    app = Flask("words")
    Babel(app, default_translation_directories=str(HERE / "translations"))
    with app.test_request_context():
        yield


def offer(rider: UUID, name: str, cost: int | None, **more: Any) -> dict[str, Any]:
    """A rider as a candidate."""
    terms = {} if cost is None else {"riding": cost * 600, "lateness": cost * 400}
    return {
        "rider_id": str(rider), "name": name, "cost": None if cost is None else cost * 1000, "failed": None,
        "stops": 2, "terms": terms, "first_stop_in_s": cost or 0,
    } | more  # fmt: skip


def decision(mode: str = "automatic", failed: str | None = None, **more: Any) -> DecisionView:
    """Ada has it, Bo was dearer, Cy could not."""
    candidates = [offer(ADA, "Ada", 300), offer(BO, "Bo", 900, stops=5), offer(CY, "Cy", None, failed=failed)]
    record = {"winner": candidates[0], "candidates": candidates, "runner_up": candidates[1], "engine": "ruin_recreate"}
    return DecisionView(
        id=UUID(int=9), order_id=UUID(int=8), rider_id=ADA, run_id=None, decided_at=datetime(2026, 3, 10, tzinfo=UTC),
        mode=mode, rule_version="dispatch@5", record=record | more,
    )  # fmt: skip


def told(made: DecisionView) -> list[str]:
    """Everything that is said of it to anybody."""
    explained = [decisions.why_me(made), decisions.why_them(made)]
    explained += [decisions.why_not(made, rider, is_self=own) for rider in (BO, CY) for own in (True, False)]
    said = [text for each in explained for text in (each.headline, each.basis, *(line.text for line in each.lines))]
    return [*said, decisions.why_for_merchant(made)]


ALL = {
    "automatic": decision(failed="too_heavy"),
    "proposed": decision("proposed", failed="skills"),
    "offered": decision("offered", asked=[{"rider_id": str(BO), "name": "Bo", "answer": "declined"}]),
    "picked": decision("picked"),
    "swapped": decision("swapped", **{"from": {"rider_id": str(BO), "name": "Bo"}}),
    "manual": decision("manual", override={"by": "Cora", "reason": "knows the door"}),
    "manual_weighed": decision("manual", "skills", plans_choice=offer(BO, "Bo", 100), override={"by": "Cora"}),
}


@pytest.mark.parametrize("mode", ALL)
def test_every_way_to_a_rider_is_explained_in_every_language(mode: str) -> None:
    """Whole sentences, without blanks that nobody filled; other languages say it in other words."""
    spoken = {}
    for language in LANGUAGES:
        with force_locale(language):
            spoken[language] = told(ALL[mode])
            assert all(spoken[language]) and not any("%(" in text for text in spoken[language])
            assert not any(name in spoken[language][-1] for name in ("Ada", "Bo", "Cy", "Cora"))
    for language in LANGUAGES:
        if language != "en":
            assert spoken[language][-1] != spoken["en"][-1] and spoken[language][0] != spoken["en"][0]


def test_every_filter_and_every_term_has_words_of_its_own() -> None:
    """A rider who was ruled out is told by what; a code would explain nothing."""
    codes = [str(reason) for reason in Reason if reason not in (Reason.NO_COURIER, Reason.NO_TIME, Reason.NO_ROOM)]
    terms = [name for name in Terms.__dataclass_fields__ if name != "unserved"]
    for language in LANGUAGES:
        with force_locale(language):
            filters = [decisions.failed_words(code) for code in codes]
            assert len(set(filters)) == len(codes) and decisions.failed_words("no_room") not in filters
            words = [decisions.term_words(term) for term in terms]
            assert len(set(words)) == len(terms)
            assert language == "en" or not set(words) & set(terms)


def brief() -> DecisionView:
    """One of a flood: the outcome alone was kept."""
    return decision(candidates=[], runner_up=None)


def dearer() -> DecisionView:
    """Ada has it although Bo would have been cheaper for this order alone."""
    candidates = [offer(BO, "Bo", 100), offer(ADA, "Ada", 300), offer(CY, "Cy", 300)]
    return decision(winner=candidates[1], candidates=candidates, runner_up=candidates[0])


def test_brief_record_claims_nothing_of_the_others() -> None:
    """Bo was at work: they must not read that they were not, nor the merchant that Ada was the only one."""
    said = " ".join(told(brief()))
    for claim in ("not signed on", "not at work", "the one rider", "only one", "costs the least", "cost more"):
        assert claim not in said.lower()
    assert "was not recorded" in decisions.why_not(brief(), BO).headline


def test_words_follow_the_sign_of_the_gap() -> None:
    """A search weighs all orders together: the winner of one need not be the cheapest for it, and is not called so."""
    made = dearer()
    said = " ".join(told(made)).lower()
    assert "costs the least" not in said and "bo would have cost more" not in said and "least detour" not in said
    mine, (gap,) = decisions.why_me(made), [each for each in decisions.why_me(made).lines if "Bo" in each.text]
    assert "all orders together" in mine.headline and gap.seconds == -200 and "next best" not in gap.text
    assert "less" in decisions.why_not(made, BO, is_self=False).headline
    assert "as much" in decisions.why_not(made, CY, is_self=False).headline
    assert "more" in decisions.why_not(decision(), BO, is_self=False).headline


def test_rider_who_alone_could_take_it_is_named_only_if_they_got_it() -> None:
    """The trial may find no place for the winner where the search did."""
    candidates = [offer(BO, "Bo", 100), offer(ADA, "Ada", None, failed="no_room")]
    made = decision(winner=candidates[1], candidates=candidates, runner_up=candidates[0])
    said = " ".join(told(made))
    assert "only one" not in said and "The one rider" not in said and "costs the least" not in said


@pytest.mark.parametrize("engine", ["insertion", "ruin_recreate", "fewest_couriers", "ortools", "unheard_of"])
def test_no_code_of_a_program_is_shown_to_anybody(engine: str) -> None:
    """Whoever decided is named in words."""
    for language in LANGUAGES:
        with force_locale(language):
            assert engine not in " ".join(told(decision(engine=engine)))


def test_order_taken_away_says_from_whom_by_whom_and_why() -> None:
    """Nobody has it then: no name of a winner is made up, and the merchant reads no names."""
    taken = decision(
        "manual", winner=None, candidates=[], runner_up=None, taken_from={"rider_id": str(ADA), "name": "Ada"},
        override={"by": "Cora", "reason": "puncture"},
    )  # fmt: skip
    for language in LANGUAGES:
        with force_locale(language):
            assert all(name in decisions.why_them(taken).headline for name in ("Cora", "Ada", "puncture"))
            assert not any(name in decisions.why_for_merchant(taken) for name in ("Cora", "Ada", "puncture"))


@pytest.mark.parametrize("code", ["no_plan", "not_in_plan", "goods_told", "failed"])
def test_choice_by_hand_that_was_compared_with_nothing_says_why(code: str) -> None:
    """And claims nothing of riders who were not looked at."""
    made = decision(
        "manual", candidates=[], runner_up=None, not_weighed=code, override={"by": "Cora", "reason": ""}
    )
    spoken = []
    for language in LANGUAGES:
        with force_locale(language):
            (line,) = decisions.why_me(made).lines
            spoken.append(line.text)
            assert code not in line.text and decisions.why_not(made, BO, is_self=False).lines == ()
    assert len(set(spoken)) == len(LANGUAGES)


@pytest.mark.parametrize(("by_plan", "words"), [(100, "costs more"), (500, "costs less"), (None, "chosen Bo")])
def test_words_of_a_choice_by_hand_follow_the_sign_of_the_gap(by_plan: int | None, words: str) -> None:
    """A coordinator may know better than the plan, and the record says so."""
    made = decision("manual", plans_choice=offer(BO, "Bo", by_plan), override={"by": "Cora", "reason": ""})
    line = decisions.why_them(made).lines[-1]
    assert words in line.text and line.seconds == (None if by_plan is None else 300 - by_plan)


def test_choice_by_hand_that_the_plan_would_have_made_too_says_so() -> None:
    """To the merchant as well, without a name."""
    made = decision("manual", plans_choice=offer(ADA, "Ada", 300), override={"by": "Cora", "reason": ""})
    assert decisions.why_me(made).lines[-1].text == "the plan would have chosen the same rider"
    assert "as the planner would have done" in decisions.why_for_merchant(made)
