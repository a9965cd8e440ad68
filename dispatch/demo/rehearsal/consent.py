"""What a rehearsed day says about yes and no: offers, the open board, hand-backs, swaps, proposals. Pure.

What phones were told is compared with what the books hold: every decision counts once, and every offer ends.
"""

from collections.abc import Mapping
from typing import Any

TAKEN = ("accepted", "handed_back")
"""States of an offer that somebody said yes to, whatever became of it later."""
PROPOSALS = ("accepted", "accepted_in_part", "rejected", "stale")
MUST_HAPPEN = {"propose": "proposals_accepted", "offer": "offers_accepted", "open": "picked"}
"""What a day in this mode proves nothing without."""
BY_CHOICE = ("manual", "swapped")
"""Ways to a rider that every mode leaves open: a coordinator's hand, a colleague's yes."""
WAYS = {
    "automatic": ("automatic", *BY_CHOICE),
    "propose": ("proposed", *BY_CHOICE),
    "offer": ("offered", *BY_CHOICE),
    "open": ("picked", "offered", *BY_CHOICE),
}


def summary(
    *,
    modes: tuple[str, ...],
    offers: Mapping[tuple[str, str], int],
    choices: Mapping[str, int],
    seen: Mapping[tuple[str, str], int],
    judged: Mapping[str, int],
    decided: Mapping[str, int],
) -> dict[str, Any]:
    """The report's keys.

    `offers` (by source and state), `choices` (by verb) and `decided` (by the way to a rider) from the books, `seen` (by
    verb and outcome) from phones, `judged` from the coordinator. One yes takes an order `in_return` and the one for it.
    """
    sources = ("planner", "colleague", "in_return")
    taken = {source: sum(offers.get((source, state), 0) for state in TAKEN) for source in sources}
    told: dict[str, int] = {}
    for (verb, outcome), count in sorted(seen.items()):
        if outcome != "refused":
            told[verb] = told.get(verb, 0) + count
    return {
        "modes": list(modes),
        "offers_made": sum(count for (source, _), count in offers.items() if source == "planner"),
        "offers_accepted": taken["planner"],
        "offers_declined": offers.get(("planner", "declined"), 0),
        "offers_expired": offers.get(("planner", "lapsed"), 0),
        "offers_withdrawn": offers.get(("planner", "withdrawn"), 0),
        "offers_open": sum(count for (_, state), count in offers.items() if state == "open"),
        "picked": choices.get("pick", 0),
        "handed_back": choices.get("hand-back", 0),
        "swaps_asked": choices.get("ask", 0),
        "swaps_made": taken["colleague"],
        "swaps_in_return": taken["in_return"],
        "yes_taken": sum(count for (_, state), count in offers.items() if state in TAKEN) - taken["in_return"],
        "yes_told": seen.get(("accept", "accepted"), 0) + seen.get(("pick", "picked"), 0),
        "decisions_kept": dict(sorted(choices.items())),
        "decisions_told": told,
        "decisions_refused": sum(count for (_, outcome), count in seen.items() if outcome == "refused"),
        "decided": dict(sorted(decided.items())),
        **{f"proposals_{outcome}": judged.get(outcome, 0) for outcome in PROPOSALS},
    }


def problems(report: Mapping[str, Any]) -> list[str]:
    """Every reason why offers and decisions do not add up."""
    ended = sum(report[f"offers_{state}"] for state in ("accepted", "declined", "expired", "withdrawn"))
    found = []
    if report["offers_open"]:
        found.append(f"{report['offers_open']} offers are still open")
    elif report["offers_made"] != ended:
        found.append(f"{report['offers_made']} offers were made, {ended} ended")
    if report["decisions_kept"] != report["decisions_told"]:
        found.append(f"riders were told of {report['decisions_told']}, the books hold {report['decisions_kept']}")
    if report["yes_taken"] != report["yes_told"]:
        found.append(f"{report['yes_told']} times a yes was confirmed, {report['yes_taken']} orders were taken by one")
    if report["delivered"]:
        missing = [MUST_HAPPEN[mode] for mode in report["modes"] if mode in MUST_HAPPEN]
        found += [f"no {key} all day" for key in missing if not report[key]]
    return found + _past_the_mode(report)


def _past_the_mode(report: Mapping[str, Any]) -> list[str]:
    """Orders that reached a rider without the yes that the day's only mode asks for."""
    modes = set(report["modes"])
    if len(modes) != 1:
        return []
    (mode,) = modes
    past = {way: count for way, count in report["decided"].items() if count and way not in WAYS[mode]}
    return [f"in mode {mode}, orders came to riders past it: {past}"] if past else []
