"""When a hazard is new: whose way does it cross? They are told, and their zones are planned anew."""

from __future__ import annotations

from uuid import UUID

from dispatch.core import clock, outbox
from dispatch.core.events import HazardOnTheWay, PlanWanted
from dispatch.geo import hazards, travel
from dispatch.geo.hazard_rules import is_on
from dispatch.geo.services import want_plan
from dispatch.geo.zones import find_zone_at, list_zones
from riders.run_view import rides_of

from .crew import CrewMember, list_crew
from .modelling import whereabouts


def find_riders_near(coop_id: UUID, hazard_id: UUID) -> list[UUID]:
    """Warn every rider whose way, as it was drawn until now, passes a hazard; the ids of the riders warned.

    In the caller's transaction. The zone around the hazard was told when it was reported.
    """
    hazard = hazards.get_hazard(coop_id, hazard_id)
    if not hazard.is_open(clock.now()):
        return []
    crew = [
        member
        for zone in list_zones(coop_id)
        if zone.city_id == hazard.city_id
        for member in list_crew(coop_id, zone.id)
    ]
    warned = _who_passes(hazard, crew)
    for member in warned:
        told = HazardOnTheWay(
            hazard_id=hazard_id, rider_id=member.rider_id, run_id=member.run.id, kind=hazard.kind
        )
        outbox.record(coop_id, told)
    around = find_zone_at(coop_id, hazard.at)
    elsewhere = {member.run.zone_id for member in warned} - ({around.id} if around else set())
    for zone_id in sorted(elsewhere):
        outbox.record(coop_id, PlanWanted(zone_id=zone_id, reason="hazard"))
        want_plan(coop_id, zone_id)
    return [member.rider_id for member in warned]


def _who_passes(hazard: hazards.HazardView, crew: list[CrewMember]) -> list[CrewMember]:
    now = clock.now()
    rides = [
        (member, (start, end, member.profile))
        for member in crew
        for start, end in rides_of(member.run, whereabouts(member, now)[0])
    ]
    drawn = travel.legs_before(hazard.city_id, (hazard.kind, hazard.at), [ride for _, ride in rides])
    crossed = {
        member.rider_id
        for (member, _), leg in zip(rides, drawn, strict=True)
        if leg is not None and is_on(leg.coordinates, hazard.kind, hazard.at)
    }
    return [member for member in crew if member.rider_id in crossed]
