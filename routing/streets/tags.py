"""Read OpenStreetMap tags as a cyclist would: where one rides, pushes or may not go. Pure.

The result is free of profiles: it records what is on the ground, and `profiles` turns it into seconds.
Sources: the OpenStreetMap wiki pages "OSM tags for routing/Access restrictions" (default access per highway
class), "Bicycle" and "Key:oneway:bicycle" (contraflow), "Key:smoothness", "Key:tracktype" and "Key:barrier".
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

NONE, RIDE, PUSH = 0, 1, 2
"""How one direction of a street may be used: not at all, in the saddle, or on foot beside the bike."""

NO_FACILITY, LANE, TRACK, SHARED = 0, 1, 2, 3
"""What keeps cars away from the cyclist: nothing, a painted lane, a way of one's own, a bus or shared lane."""

KINDS = (
    "barrier", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street",
    "service", "road", "track", "cycleway", "path", "bridleway", "footway", "pedestrian", "steps",
)
"""Kinds of street that are kept; the position is what `StreetClass.kind` stores."""

BARRIERS = (
    "none", "gate", "private_gate", "lift_gate", "cycle_barrier", "kissing_gate", "stile", "turnstile", "block",
    "narrow", "step_over", "elevator", "wall", "on_foot",
)
"""Obstacles at a node, by what they do to a bike; the position is what `StreetClass.barrier` stores."""

KIND_INDEX = {name: index for index, name in enumerate(KINDS)}
BARRIER_INDEX = {name: index for index, name in enumerate(BARRIERS)}

_OPEN = frozenset({"yes", "designated", "permissive", "official", "public", "destination", "allowed", "unknown"})
_PRIVATE = frozenset({"private", "customers", "delivery", "permit", "residents", "restricted", "employees"})
_CLOSED = frozenset(
    {"no", "agricultural", "forestry", "agricultural;forestry", "psv", "bus", "military", "emergency", "use_sidepath"}
)
_ON_FOOT = frozenset({"footway", "pedestrian", "steps", "bridleway"})
_ROADS = frozenset({"trunk", "primary", "secondary", "tertiary", "unclassified", "residential"})
_FORWARD_ONLY = frozenset({"yes", "true", "1"})
_BACKWARD_ONLY = frozenset({"-1", "reverse"})

_SURFACE_RANK = {
    "asphalt": 0, "paved": 0, "concrete": 0, "chipseal": 0, "metal": 1, "wood": 1, "paving_stones": 1,
    "concrete:plates": 1, "concrete:lanes": 1, "bricks": 1, "rubber": 1, "acrylic": 0, "tartan": 1, "compacted": 1,
    "fine_gravel": 2, "sett": 2, "grass_paver": 3, "unpaved": 3, "gravel": 3, "cobblestone": 3,
    "unhewn_cobblestone": 4, "pebblestone": 3, "ground": 3, "earth": 3, "dirt": 3, "rock": 5, "stone": 4,
    "grass": 4, "woodchips": 4, "clay": 2, "salt": 3, "snow": 4, "ice": 4, "sand": 5, "mud": 5,
}
_SMOOTHNESS_RANK = {
    "excellent": 0, "good": 0, "intermediate": 1, "bad": 3, "very_bad": 4, "horrible": 5, "very_horrible": 5,
    "impassable": 5,
}
_TRACKTYPE_RANK = {"grade1": 0, "grade2": 2, "grade3": 3, "grade4": 4, "grade5": 4}
_DEFAULT_RANK = {"track": 3, "path": 2, "bridleway": 4, "footway": 1, "road": 1}

_BARRIER_OF = {
    "gate": "gate", "swing_gate": "gate", "sliding_gate": "gate", "hampshire_gate": "gate", "wicket_gate": "gate",
    "lift_gate": "lift_gate", "cycle_barrier": "cycle_barrier", "chicane": "cycle_barrier",
    "motorcycle_barrier": "cycle_barrier", "kissing_gate": "kissing_gate", "stile": "stile",
    "turnstile": "turnstile", "full-height_turnstile": "wall", "block": "block", "chain": "block",
    "log": "step_over", "debris": "step_over", "rope": "block", "wall": "wall", "fence": "wall", "hedge": "wall",
    "city_wall": "wall", "retaining_wall": "wall", "cable_barrier": "wall", "guard_rail": "wall",
}


class StreetClass(NamedTuple):
    """Everything that decides the pace on a piece of street, in the direction it is drawn.

    `surface` ranks 0 (smooth asphalt) to 5 (sand, rock); `width_cm` is the narrowest signed passage, 0 if not
    known; `maxspeed_kmh` is that of the cars, 0 if not known; `barrier` is not 0 only on a barrier's stub.
    """

    kind: int
    surface: int
    forward: int
    backward: int
    facility_forward: int
    facility_backward: int
    private: int
    width_cm: int
    maxspeed_kmh: int
    barrier: int

    def reversed(self) -> "StreetClass":
        """The same piece drawn the other way round."""
        return self._replace(
            forward=self.backward,
            backward=self.forward,
            facility_forward=self.facility_backward,
            facility_backward=self.facility_forward,
        )


CLASS_DTYPE = np.dtype([(name, np.int16) for name in StreetClass._fields])


def street_class(tags: Mapping[str, str]) -> StreetClass | None:
    """The class of a way, or None if no cyclist may use it, not even on foot."""
    kind = _kind(tags)
    if kind is None:
        return None
    mode, private = _access(tags, kind)
    if mode == NONE or _is_mountain_trail(tags):
        return None
    forward, backward = _directions(tags)
    facility_forward, facility_backward = _facilities(tags, kind)
    return StreetClass(
        kind=KIND_INDEX[kind],
        surface=_surface(tags, kind),
        forward=mode if forward else NONE,
        backward=mode if backward else NONE,
        facility_forward=facility_forward,
        facility_backward=facility_backward,
        private=int(private),
        width_cm=width_cm(tags),
        maxspeed_kmh=_maxspeed_kmh(tags),
        barrier=0,
    )


def _kind(tags: Mapping[str, str]) -> str | None:
    highway = tags.get("highway", "")
    if tags.get("motorroad") == "yes":
        return None
    if highway == "busway":
        return "service"
    name = highway.removesuffix("_link")
    return name if name in KIND_INDEX and name != "barrier" else None


def _access(tags: Mapping[str, str], kind: str) -> tuple[int, bool]:
    """(mode, private): most specific key first, then the default of the highway class."""
    private = False
    for key in ("bicycle", "vehicle", "access"):
        value = tags.get(key, "")
        if not value:
            continue
        if value == "dismount":
            return PUSH, False
        if value in _CLOSED:
            return (PUSH, private) if _may_walk(tags, kind, key) else (NONE, private)
        if key == "bicycle" or value in _PRIVATE:
            private = value in _PRIVATE
            break
    if tags.get("highway") == "busway" and tags.get("bicycle", "") not in _OPEN:
        return NONE, False
    rides = tags.get("bicycle", "") in _OPEN or tags.get("bicycle", "") in _PRIVATE
    if kind == "steps":
        return (NONE if tags.get("foot") == "no" else PUSH), private
    if kind in _ON_FOOT and not rides:
        return (NONE if tags.get("foot") == "no" else PUSH), private
    return RIDE, private


def _is_mountain_trail(tags: Mapping[str, str]) -> bool:
    """Above T1 of the Swiss Alpine Club's scale, or S2 of the mountain bikers': no place for a loaded bike."""
    return tags.get("sac_scale", "hiking") != "hiking" or tags.get("mtb:scale", "0")[:1] in ("3", "4", "5", "6")


def _may_walk(tags: Mapping[str, str], kind: str, closed_by: str) -> bool:
    """Whether one may push a bike where riding is forbidden by `closed_by`."""
    foot = tags.get("foot", "")
    if foot:
        return foot in _OPEN
    if closed_by == "access":
        return False
    if kind in ("trunk", "primary"):
        return tags.get("sidewalk", "no") not in ("no", "none")
    return tags.get("access", "yes") not in _CLOSED


def _directions(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Whether a bike may go (along, against) the direction in which the way is drawn."""
    oneway = tags.get("oneway", "")
    if not oneway and tags.get("junction") in ("roundabout", "circular"):
        oneway = "yes"
    own = tags.get("oneway:bicycle", "")
    if own in _FORWARD_ONLY:
        return (False, True) if oneway in _BACKWARD_ONLY else (True, False)
    if own in _BACKWARD_ONLY:
        return False, True
    if own == "no" or _has_contraflow(tags):
        return True, True
    return oneway not in _BACKWARD_ONLY, oneway not in _FORWARD_ONLY


def _has_contraflow(tags: Mapping[str, str]) -> bool:
    for key in ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both"):
        if tags.get(key, "").startswith("opposite"):
            return True
        if key != "cycleway" and tags.get(f"{key}:oneway") in ("no", "-1"):
            return True
    return False


def _facilities(tags: Mapping[str, str], kind: str) -> tuple[int, int]:
    """Cycling facility (along, against). Sides are those of right-hand traffic."""
    if kind == "cycleway" or tags.get("bicycle_road") == "yes" or tags.get("cyclestreet") == "yes":
        return TRACK, TRACK
    if kind == "path" and tags.get("bicycle") == "designated":
        return TRACK, TRACK
    both = _facility(tags.get("cycleway", ""), tags.get("cycleway:both", ""))
    right, left = _facility(tags.get("cycleway:right", "")), _facility(tags.get("cycleway:left", ""))
    if tags.get("oneway") in _FORWARD_ONLY:
        return max(both, right, left), max(both, left)
    return max(both, right), max(both, left)


def _facility(*values: str) -> int:
    text = " ".join(values)
    if "track" in text or "separate" in text:
        return TRACK
    if "lane" in text and "shared" not in text:
        return LANE
    return SHARED if "share" in text or "opposite" in text else NO_FACILITY


def _surface(tags: Mapping[str, str], kind: str) -> int:
    surface = tags.get("surface", "").split(";")[0]
    rank = _SURFACE_RANK.get(surface)
    if rank is None:
        rank = _TRACKTYPE_RANK.get(tags.get("tracktype", ""), _DEFAULT_RANK.get(kind, 0))
    rank = _SMOOTHNESS_RANK.get(tags.get("smoothness", ""), rank)
    scale = tags.get("mtb:scale", "")[:1]
    trail = min(3 + int(scale), 5) if scale.isdecimal() else 0
    return max(rank, trail)


_NUMBER = re.compile(r"^\s*(-?\d{1,6}(?:\.\d{1,3})?)\s*(\S*)\s*$")


def width_cm(tags: Mapping[str, str]) -> int:
    """Narrowest signed passage in centimetres, 0 if not given or not readable."""
    for key in ("maxwidth:physical", "maxwidth"):
        found = _NUMBER.match(tags.get(key, ""))
        if not found:
            continue
        scale = {"": 100.0, "m": 100.0, "cm": 1.0}.get(found[2])
        if scale is not None:
            return int(min(max(float(found[1]) * scale, 0.0), 30_000.0))
    return 0


def _maxspeed_kmh(tags: Mapping[str, str]) -> int:
    found = _NUMBER.match(tags.get("maxspeed", ""))
    if not found or found[2] not in ("", "km/h", "mph"):
        return 0
    return int(min(max(float(found[1]) * (1.609 if found[2] == "mph" else 1.0), 0.0), 300.0))


def incline_permille(tags: Mapping[str, str]) -> int:
    """Rise along the way in tenths of a percent, clipped to +-150; "up" and "down" count as 5 %."""
    value = tags.get("incline", "")
    if value in ("up", "down"):
        return 50 if value == "up" else -50
    found = _NUMBER.match(value.replace("%", ""))
    if not found or found[2]:
        return 0
    return int(min(max(float(found[1]) * 10.0, -150.0), 150.0))


def barrier_class(tags: Mapping[str, str]) -> StreetClass | None:
    """The class of a barrier's stub, or None if the node hinders no bike. Both directions are alike."""
    barrier = _barrier(tags)
    if barrier == "none":
        return None
    mode = NONE if barrier == "wall" else RIDE
    return StreetClass(0, 0, mode, mode, 0, 0, 0, width_cm(tags), 0, BARRIER_INDEX[barrier])


def _barrier(tags: Mapping[str, str]) -> str:
    bicycle, foot = tags.get("bicycle", ""), tags.get("foot", "")
    kind = "elevator" if tags.get("highway") == "elevator" else _BARRIER_OF.get(tags.get("barrier", ""), "none")
    if not tags.get("barrier") and kind == "none":
        return "none"
    access = bicycle or tags.get("vehicle", "") or tags.get("access", "")
    if access in _CLOSED or access == "dismount":
        if access != "dismount" and (foot or tags.get("access", "yes")) in _CLOSED:
            return "wall"
        return "on_foot" if kind in ("none", "gate", "lift_gate") else kind
    if access in _PRIVATE and kind in ("gate", "lift_gate") and foot not in _OPEN:
        return "private_gate"
    if kind == "gate" and bicycle in _OPEN:
        return "lift_gate"
    return "narrow" if kind == "none" and width_cm(tags) else kind
