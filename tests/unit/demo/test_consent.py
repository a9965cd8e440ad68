"""A day in which riders are asked adds up, and says so when it does not."""

import pytest

from dispatch.demo.rehearsal.consent import problems, summary

OFFERS = {
    ("planner", "accepted"): 5, ("planner", "handed_back"): 1, ("planner", "declined"): 2, ("planner", "lapsed"): 3,
    ("planner", "withdrawn"): 1, ("colleague", "accepted"): 1, ("colleague", "declined"): 1, ("board", "accepted"): 2,
    ("in_return", "accepted"): 1, ("in_return", "lapsed"): 1,
}  # fmt: skip
CHOICES = {"accept": 7, "decline": 3, "pick": 2, "hand-back": 1, "ask": 2}
TOLD = {
    ("accept", "accepted"): 7, ("accept", "refused"): 1, ("decline", "declined"): 2, ("decline", "lapsed"): 1,
    ("pick", "picked"): 2, ("pick", "refused"): 4, ("hand-back", "handed_back"): 1, ("ask", "asked"): 2,
}  # fmt: skip


def report(**changes: object) -> dict[str, object]:
    """A day of offers and open board that adds up, but for the changes."""
    usual = {
        "modes": ("offer", "open"), "offers": OFFERS, "choices": CHOICES, "seen": TOLD, "judged": {},
        "decided": {"offered": 6, "picked": 2},
    }  # fmt: skip
    return {"delivered": 9, **summary(**{**usual, **changes})}  # type: ignore[arg-type]


def test_a_day_of_offers_adds_up():
    found = report()
    assert problems(found) == []
    assert (found["offers_made"], found["offers_accepted"], found["offers_expired"]) == (12, 6, 3)
    assert (found["swaps_asked"], found["swaps_made"], found["handed_back"], found["picked"]) == (2, 1, 1, 2)
    assert found["swaps_in_return"] == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"offers": {**OFFERS, ("planner", "open"): 1}}, "still open"),
        ({"choices": {**CHOICES, "accept": 8}}, "books hold"),
        ({"seen": {**TOLD, ("pick", "picked"): 1}}, "books hold"),
        ({"offers": {**OFFERS, ("board", "accepted"): 3}}, "a yes was confirmed"),
        ({"modes": ("propose",)}, "no proposals_accepted"),
        ({"modes": ("offer",), "decided": {"offered": 6, "automatic": 1}}, "past it: {'automatic': 1}"),
        ({"modes": ("open",), "decided": {"picked": 6, "proposed": 2}}, "past it: {'proposed': 2}"),
    ],
    ids=[
        "an offer without an end", "a decision twice", "a decision lost", "taken without a yes", "nothing proposed",
        "given without being offered", "given without being picked",
    ],
)
def test_what_does_not_add_up_is_said(changes: dict[str, object], words: str):
    """A yes that was confirmed and lost, or kept and never given, is the worst that can happen here."""
    found = problems(report(**changes))
    assert len(found) >= 1 and any(words in line for line in found)
