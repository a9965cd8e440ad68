"""What may be accepted of a proposal by itself: never half of an exchange."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import NotFound
from dispatch.planning.proposal_rules import basis, repeats, split, turned_down


def content(**runs: tuple[list[str], list[str]]) -> dict:
    """Runs by id: the tasks before, and after."""
    return {
        "rule_version": "dispatch@1",
        "runs": [{"run_id": name, "before": before, "stops": [{"task_id": task} for task in after]}
                 for name, (before, after) in runs.items()],
        "given": {f"order of {name}": name for name in runs},
        "unserved": {},
        "records": {f"order of {name}": {"winner": name} for name in runs},
    }


def ids(part: dict) -> set[str]:
    return {run["run_id"] for run in part["runs"]}


def test_a_run_that_exchanges_nothing_is_accepted_alone() -> None:
    """Its orders and their records come along, the others stay."""
    part, rest = split(content(ada=([], ["1"]), bo=(["2"], ["2", "3"])), "ada")
    assert (ids(part), ids(rest)) == ({"ada"}, {"bo"})
    assert (part["given"], rest["given"]) == ({"order of ada": "ada"}, {"order of bo": "bo"})
    assert set(part["records"]) == {"order of ada"} and part["rule_version"] == rest["rule_version"]


def test_runs_that_exchange_stops_are_accepted_together_however_long_the_chain() -> None:
    """Ada gives to Bo, who gives to Cy: none of it works without the rest."""
    chain = content(ada=(["1"], []), bo=(["2"], ["1"]), cy=([], ["2"]), di=([], ["9"]))
    for run in ("ada", "bo", "cy"):
        assert ids(split(chain, run)[0]) == {"ada", "bo", "cy"}


def test_a_run_that_the_proposal_leaves_alone_is_refused_by_name() -> None:
    """Nothing is accepted by mistake."""
    with pytest.raises(NotFound, match="nobody"):
        split(content(ada=([], ["1"])), "nobody")


TASKS = st.lists(st.sampled_from("123456"), unique=True, max_size=4)


@given(runs=st.dictionaries(st.sampled_from("abcdef"), st.tuples(TASKS, TASKS), min_size=1))
def test_no_task_is_in_both_parts_and_none_is_lost(runs: dict[str, tuple[list[str], list[str]]]) -> None:
    """For every proposal and every choice."""
    whole = content(**runs)
    for name in runs:
        part, rest = split(whole, name)
        assert ids(part) | ids(rest) == set(runs) and not ids(part) & ids(rest)
        tasks = [{task for run in side["runs"] for task in [*run["before"], *(s["task_id"] for s in run["stops"])]}
                 for side in (part, rest)]
        assert not tasks[0] & tasks[1]


FACTS = {
    "rules": "dispatch@1", "crew": ["ada", "bo"], "run:ada": 3, "run:bo": 7, "order:x": ["as it is"], "order:y": [],
}  # fmt: skip


def turned_down_content(**given_to: str) -> dict:
    """A proposal that gave these orders away, with what it was made of."""
    runs = set(given_to.values())
    made_of = basis(FACTS, runs, given_to.keys())
    return {"given": given_to, "runs": [{"run_id": run} for run in sorted(runs)], "basis": made_of}


@pytest.mark.parametrize(("change", "still"), [
    ({}, True),
    ({"run:bo": 8}, True),
    ({"order:y": ["urgent"]}, True),
    ({"run:ada": 4}, False),
    ({"order:x": ["urgent"]}, False),
    ({"crew": ["ada", "bo", "cy"]}, False),
    ({"rules": "dispatch@2"}, False),
])  # fmt: skip
def test_a_no_counts_while_what_it_was_about_is_as_it_was(change: dict, still: bool) -> None:
    """The rules, who is at work, that run and that order; nothing else."""
    rejected, facts = turned_down_content(x="ada"), FACTS | change
    assert turned_down({"x": "ada"}, rejected, facts) == ({"x"} if still else set())
    assert repeats(rejected, rejected, facts) is still


def test_the_same_order_to_another_rider_is_another_question() -> None:
    """And so is one more exchange; an order that ended meanwhile is not."""
    rejected = turned_down_content(x="ada", y="bo")
    assert turned_down({"x": "bo"}, rejected, FACTS) == set()
    assert not repeats(turned_down_content(x="bo"), rejected, FACTS)
    facts = {name: fact for name, fact in FACTS.items() if name != "order:y"}
    assert repeats(turned_down_content(x="ada"), rejected, facts)
    assert not repeats(turned_down_content(x="ada"), rejected, FACTS)


def test_another_order_of_stops_is_turned_down_for_its_runs() -> None:
    """Where nothing changes hands, the run is the question."""
    rejected = {"given": {}, "runs": [{"run_id": "ada"}], "basis": basis(FACTS, {"ada"}, set())}
    assert repeats({"given": {}, "runs": [{"run_id": "ada"}]}, rejected, FACTS)
    assert not repeats({"given": {}, "runs": [{"run_id": "bo"}]}, rejected, FACTS)
    assert not repeats({"given": {"x": "ada"}, "runs": [{"run_id": "ada"}]}, rejected, FACTS)
