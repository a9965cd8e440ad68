"""Tell riders who have nothing to do where the next orders are likely. Off unless the co-op's dispatch rules say so.

A nudge is news, not an order: the plan does not know of it, whether a rider went there is written down nowhere, and a
phone that hides it tells nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
from flask_babel import force_locale
from sqlalchemy import delete, select

from dispatch.coop.queries import get_coop
from dispatch.core import clock, events, outbox
from dispatch.core.db import db, end_read, transaction
from dispatch.geo import travel
from dispatch.geo.zones import list_zones
from dispatch.notify import services as notify
from dispatch.notify.rules import Message
from dispatch.orders import runs
from dispatch.planning.crew import CrewMember, list_crew
from dispatch.planning.modelling import whereabouts
from dispatch.planning.models import Nudge, WorkOffer
from dispatch.planning.promise import REAL_STREETS, Streets
from dispatch.planning.snapshot import active_rules
from riders import queries as riders

from . import queries, rules, words

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A zone whose forecast says where orders are likely, and its riders without work, the longest idle first."""

    zone_id: UUID
    city_id: UUID
    timezone: str
    forecast: rules.Forecast
    waiting: tuple[CrewMember, ...]
    may_hear: tuple[CrewMember, ...]
    wish: rules.Wish


def nudge(coop_id: UUID, streets: Streets = REAL_STREETS) -> int:
    """Nudge whoever may like to know; the number of riders. Own transactions: none is open while rides are computed."""
    with transaction():
        if not active_rules(coop_id, clock.now()).nudges.is_on:
            return 0
        zones = [quiet for zone in list_zones(coop_id) if (quiet := _quiet(coop_id, zone.id, zone.city_id)) is not None]
    found = [(quiet, _hints(quiet, streets)) for quiet in zones]
    with transaction():
        for quiet, hints in found:
            _write(coop_id, quiet, hints)
    return sum(len(hints) for _, hints in found)


def _quiet(coop_id: UUID, zone_id: UUID, city_id: UUID) -> Quiet | None:
    now = clock.now()
    forecast = queries.find_forecast(coop_id, zone_id)
    if forecast is None or not forecast.is_of_use(now):
        return None
    terms = active_rules(coop_id, now).nudges
    waiting = [member for member in list_crew(coop_id, zone_id) if _is_idle(member)]
    busy = _asked(coop_id, zone_id) | {known.rider_id for known in queries.list_nudges(coop_id, zone_id)}
    may_hear = [
        member
        for member in sorted(waiting, key=_free_since)
        if member.rider_id not in busy
        and now - _free_since(member) >= timedelta(seconds=terms.after_s)
        and member.ends_at - now >= rules.LEAST_LEFT
    ]
    return Quiet(
        zone_id=zone_id,
        city_id=city_id,
        timezone=get_coop(coop_id).timezone,
        forecast=forecast,
        waiting=tuple(waiting),
        may_hear=tuple(may_hear),
        wish=rules.Wish(ride_s=terms.ride_s, from_orders=terms.from_orders),
    )


def _asked(coop_id: UUID, zone_id: UUID) -> set[UUID]:
    """Riders whose answer to an offer is awaited."""
    offers = select(WorkOffer.rider_id).where(
        WorkOffer.coop_id == coop_id, WorkOffer.zone_id == zone_id, WorkOffer.state == "open"
    )
    return set(db.session.scalars(offers))


def _is_idle(member: CrewMember) -> bool:
    return member.is_signed_on and not member.run.tasks and member.break_began_at is None


def _free_since(member: CrewMember) -> datetime:
    last = member.run.last_done
    return last.ended_at if last and last.ended_at else member.run.opened_at


def _hints(quiet: Quiet, streets: Streets) -> list[rules.Hint]:
    now, places = clock.now(), quiet.forecast.places
    if not quiet.may_hear or not places:
        return []
    idle = [_idle(quiet, member, streets) for member in quiet.may_hear]
    likely = rules.likely_around(quiet.forecast, now, quiet.timezone)
    waiting = [whereabouts(member, now)[0] for member in quiet.waiting]
    return rules.hints(places, likely, waiting, idle, quiet.wish)


def _idle(quiet: Quiet, member: CrewMember, streets: Streets) -> rules.Idle:
    here = whereabouts(member, clock.now())[0]
    places = [place.lonlat for place in quiet.forecast.places]
    try:
        seconds = streets.table(quiet.city_id, [here], places, member.profile)[0]
    except travel.OffStreet:
        seconds = np.full(len(places), np.nan, dtype=np.float32)
    known = tuple(float(ride_s) if np.isfinite(ride_s) else None for ride_s in seconds)
    return rules.Idle(rider_id=member.rider_id, lonlat=here, seconds_to=known)


def _write(coop_id: UUID, quiet: Quiet, hints: list[rules.Hint]) -> None:
    now = clock.now()
    run_of = {member.rider_id: member.run.id for member in quiet.may_hear}
    for hint in hints:
        row = Nudge(
            coop_id=coop_id,
            id=uuid4(),
            rider_id=hint.rider_id,
            run_id=run_of[hint.rider_id],
            zone_id=quiet.zone_id,
            made_at=now,
            ends_at=now + rules.NUDGE_LASTS,
            lonlat=hint.place.lonlat,
            place=hint.place.name,
            expected=hint.expected,
            weeks=quiet.forecast.weeks,
        )
        db.session.add(row)
        outbox.record(coop_id, events.RiderNudged(nudge_id=row.id, rider_id=row.rider_id, zone_id=row.zone_id))


def push(coop_id: UUID, event_id: UUID, nudge_id: UUID) -> None:
    """Say it by a message that neither rings nor presses; nothing if it is over or work came in between."""
    row = db.session.get(Nudge, (coop_id, nudge_id))
    if row is None or row.ends_at <= clock.now() or runs.open_tasks(coop_id, row.run_id):
        end_read()
        return
    rider = riders.get_rider(coop_id, row.rider_id)
    locale = riders.locale_of(coop_id, rider.member_id)
    seconds_worth = max(60, round((row.ends_at - clock.now()).total_seconds() / clock.speed()))
    end_read()
    with force_locale(locale):
        message = Message(
            title=words.headline(row.place),
            body=words.as_you_like(),
            path="/app",
            tag="nudge",
            kind="nudge",
            seconds_worth=seconds_worth,
        )
    notify.deliver_push(coop_id, event_id, rider.member_id, message)


def forget_old(coop_id: UUID) -> int:
    """Delete nudges of yesterday; the number deleted. In the caller's transaction."""
    done = db.session.execute(delete(Nudge).where(Nudge.coop_id == coop_id, Nudge.ends_at < clock.now() - KEPT))
    return int(done.rowcount)  # type: ignore[attr-defined]
