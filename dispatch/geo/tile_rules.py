"""Decide which OSM things are drawn on the base map, in which layer, from which zoom. Pure: tags in, features out.

Layers and attributes are the contract with the map style (`static/js/map.js`): an attribute that is unknown is left
out, booleans are 0 or 1. `README.md` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .normalise import number_keys

MIN_ZOOM, MAX_ZOOM = 6, 15

Attributes = dict[str, str | int | float]
Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing to draw: its layer, what the style may ask of it, and the zoom from which it is in the tiles."""

    layer: str
    attributes: Attributes
    min_zoom: int


_ROAD_KINDS: dict[str, tuple[str, int]] = {
    "motorway": ("motorway", 6), "trunk": ("trunk", 6), "primary": ("primary", 6), "secondary": ("secondary", 9),
    "tertiary": ("tertiary", 11), "residential": ("residential", 12), "unclassified": ("residential", 12),
    "living_street": ("residential", 12), "road": ("residential", 12), "pedestrian": ("pedestrian", 12),
    "track": ("track", 12), "cycleway": ("cycleway", 11), "service": ("service", 13), "footway": ("path", 13),
    "path": ("path", 13), "bridleway": ("path", 13), "steps": ("steps", 13),
}  # fmt: skip
_LINKS = frozenset({"motorway", "trunk", "primary", "secondary", "tertiary"})
_RAIL_KINDS: dict[str, tuple[str, int]] = {
    "rail": ("rail", 9), "light_rail": ("rail", 9), "narrow_gauge": ("rail", 9), "funicular": ("rail", 11),
    "tram": ("tram", 13),
}  # fmt: skip
_PAVED = frozenset({"asphalt", "paved", "concrete", "concrete:plates", "paving_stones", "metal", "wood"})
_COBBLES = frozenset({"sett", "cobblestone", "unhewn_cobblestone", "cobblestone:flattened"})

_LANDUSE: dict[tuple[str, str], tuple[str, int]] = {
    ("leisure", "park"): ("park", 8), ("leisure", "garden"): ("park", 12), ("leisure", "playground"): ("park", 12),
    ("leisure", "nature_reserve"): ("wood", 8), ("leisure", "pitch"): ("pitch", 12),
    ("leisure", "track"): ("pitch", 12),
    ("leisure", "golf_course"): ("grass", 10), ("landuse", "recreation_ground"): ("park", 10),
    ("landuse", "village_green"): ("park", 12), ("landuse", "forest"): ("wood", 8), ("natural", "wood"): ("wood", 8),
    ("natural", "scrub"): ("wood", 11), ("landuse", "grass"): ("grass", 12), ("landuse", "meadow"): ("grass", 10),
    ("natural", "bare_rock"): ("rock", 9), ("natural", "scree"): ("rock", 9), ("natural", "shingle"): ("rock", 11),
    ("natural", "sand"): ("sand", 11), ("natural", "beach"): ("sand", 11), ("man_made", "pier"): ("pier", 13),
    ("natural", "grassland"): ("grass", 10), ("natural", "heath"): ("grass", 10),
    ("landuse", "farmland"): ("farmland", 9), ("landuse", "orchard"): ("farmland", 10),
    ("landuse", "vineyard"): ("farmland", 10), ("landuse", "allotments"): ("farmland", 12),
    ("landuse", "residential"): ("residential", 8), ("landuse", "industrial"): ("industrial", 8),
    ("landuse", "commercial"): ("commercial", 10), ("landuse", "retail"): ("commercial", 10),
    ("landuse", "cemetery"): ("cemetery", 12), ("amenity", "grave_yard"): ("cemetery", 12),
    ("amenity", "school"): ("school", 12), ("amenity", "university"): ("school", 12),
    ("amenity", "college"): ("school", 12), ("amenity", "kindergarten"): ("school", 13),
    ("amenity", "hospital"): ("hospital", 12), ("amenity", "parking"): ("parking", 13),
    ("landuse", "railway"): ("rail", 12),
}  # fmt: skip
_WATERWAYS: dict[str, tuple[str, int]] = {
    "river": ("river", 8), "canal": ("canal", 9), "stream": ("stream", 13), "ditch": ("stream", 14),
}  # fmt: skip
_PLACES: dict[str, tuple[str, int]] = {
    "city": ("city", 6), "town": ("town", 7), "village": ("village", 9), "suburb": ("suburb", 10),
    "borough": ("suburb", 10), "quarter": ("neighbourhood", 12), "neighbourhood": ("neighbourhood", 12),
    "hamlet": ("hamlet", 12),
}  # fmt: skip
_POIS: dict[tuple[str, str], tuple[str, int]] = {
    ("amenity", "restaurant"): ("restaurant", 15), ("amenity", "fast_food"): ("restaurant", 15),
    ("amenity", "pub"): ("restaurant", 15), ("amenity", "bar"): ("restaurant", 15), ("amenity", "cafe"): ("cafe", 15),
    ("amenity", "school"): ("school", 14), ("amenity", "university"): ("school", 14),
    ("amenity", "hospital"): ("hospital", 14), ("amenity", "clinic"): ("hospital", 14),
    ("amenity", "pharmacy"): ("pharmacy", 15), ("amenity", "bicycle_parking"): ("bicycle_parking", 15),
    ("amenity", "bicycle_repair_station"): ("pump", 14), ("amenity", "compressed_air"): ("pump", 14),
    ("amenity", "drinking_water"): ("drinking_water", 14), ("amenity", "townhall"): ("townhall", 14),
    ("amenity", "place_of_worship"): ("worship", 15), ("amenity", "bank"): ("bank", 15),
    ("amenity", "post_office"): ("post", 15), ("tourism", "museum"): ("museum", 14),
    ("tourism", "viewpoint"): ("viewpoint", 14), ("shop", "bicycle"): ("bicycle_shop", 14),
    ("railway", "station"): ("station", 12), ("railway", "halt"): ("station", 13),
    ("railway", "tram_stop"): ("station", 15), ("highway", "traffic_signals"): ("signals", 15),
    ("barrier", "cycle_barrier"): ("barrier", 15), ("barrier", "kissing_gate"): ("barrier", 15),
    ("barrier", "turnstile"): ("barrier", 15), ("barrier", "stile"): ("barrier", 15),
}  # fmt: skip
_NAMELESS_POIS = frozenset({"bicycle_parking", "pump", "drinking_water", "viewpoint", "barrier", "signals"})
_BOUNDARIES = {
    "2": ("country", 6), "4": ("country", 6), "7": ("city", 8), "8": ("city", 8), "9": ("district", 11),
    "10": ("district", 11),
}  # fmt: skip

LINE_KEYS = ("highway", "railway", "waterway", "boundary")
AREA_KEYS = (
    "building",
    "natural",
    "water",
    "waterway",
    "landuse",
    "leisure",
    "amenity",
    "shop",
    "tourism",
    "place",
    "man_made",
)
POINT_KEYS = (
    "place", "amenity", "shop", "tourism", "railway", "highway", "barrier", "addr:housenumber",
)  # fmt: skip


def line_features(tags: Tags) -> list[Feature]:
    """Return what a way is drawn as when it is a line; [] for what the map leaves out."""
    if "highway" in tags and tags.get("area") != "yes":
        return _road(tags)
    if tags.get("railway") in _RAIL_KINDS:
        kind, zoom = _RAIL_KINDS[tags["railway"]]
        side_track = {"service": 1} if "service" in tags else {}
        return [Feature("road", _ways_level(tags) | {"kind": kind, **side_track}, 13 if side_track else zoom)]
    if tags.get("waterway") in _WATERWAYS and tags.get("tunnel") != "culvert":
        kind, zoom = _WATERWAYS[tags["waterway"]]
        return [Feature("waterway", _named(tags, kind=kind), zoom)]
    if tags.get("boundary") == "administrative" and tags.get("admin_level") in _BOUNDARIES:
        kind, zoom = _BOUNDARIES[tags["admin_level"]]
        return [Feature("boundary", {"kind": kind}, zoom)]
    return []


def area_features(tags: Tags) -> list[Feature]:
    """Return what a closed way or multipolygon is drawn as when it is a surface."""
    if tags.get("building", "no") != "no":
        return [Feature("building", _height(tags), 14)]
    if kind := _water_kind(tags):
        return [Feature("water", _named(tags, kind=kind), MIN_ZOOM)]
    if tags.get("highway") in ("pedestrian", "footway") or tags.get("place") == "square":
        return [Feature("landuse", _named(tags, kind="square"), 13)]
    for key, value in tags.items():
        if (key, value) in _LANDUSE:
            kind, zoom = _LANDUSE[key, value]
            return [Feature("landuse", _named(tags, kind=kind), zoom)]
    return []


def name_apart(feature: Feature) -> tuple[Feature, Feature | None]:
    """A surface without its name, and its name for its middle: cut by tiles, a surface would be named in each piece."""
    name = feature.attributes.get("name")
    if name is None or feature.layer not in ("landuse", "water"):
        return feature, None
    bare = {key: value for key, value in feature.attributes.items() if key != "name"}
    label = Feature("surface_name", {"kind": bare["kind"], "name": name}, max(12, feature.min_zoom))
    return Feature(feature.layer, bare, feature.min_zoom), label


def point_features(tags: Tags) -> list[Feature]:
    """Return what a node, or the middle of an area, is drawn as: a label, a symbol, a house number."""
    features = []
    if tags.get("place") in _PLACES and "name" in tags:
        kind, zoom = _PLACES[tags["place"]]
        attributes = _named(tags, kind=kind)
        if tags.get("population", "").isdigit():
            attributes["population"] = int(tags["population"])
        features.append(Feature("place", attributes, zoom))
    elif poi := _poi(tags):
        features.append(poi)
    if number := _house_number(tags.get("addr:housenumber", "")):
        features.append(Feature("address", {"number": number}, MAX_ZOOM))
    return features


def _house_number(tagged: str) -> str:
    """As a sign would show it: `14-18`, `2, 4`; floors and notes left out."""
    labels = list(dict.fromkeys(label.replace(" - ", "-") for label, _ in number_keys(tagged)))
    shown = ", ".join(labels)
    return shown if len(shown) <= 12 else f"{labels[0]}..."[:12]


def _road(tags: Tags) -> list[Feature]:
    highway = tags["highway"]
    is_link = highway.endswith("_link")
    base = highway.removesuffix("_link")
    if base not in _ROAD_KINDS or (is_link and base not in _LINKS):
        return []
    kind, zoom = _ROAD_KINDS[base]
    if kind == "path" and tags.get("bicycle") == "designated":
        kind, zoom = _ROAD_KINDS["cycleway"]
    attributes = _named(tags, kind=kind) | _ways_level(tags) | _direction(tags)
    if is_link:
        attributes["link"] = 1
    if "ref" in tags and kind not in ("path", "service"):
        attributes["ref"] = tags["ref"][:16]
    if surface := _surface(tags):
        attributes["surface"] = surface
    if bike := _bike_facility(tags, kind):
        attributes["bike"] = bike
    if _forbids_bicycles(tags, kind):
        attributes["nobike"] = 1
    if kind == "path" and tags.get("footway") in ("sidewalk", "crossing", "traffic_island"):
        attributes["beside"] = 1
    return [Feature("road", attributes, zoom)]


def _direction(tags: Tags) -> Attributes:
    oneway = tags.get("oneway", "yes" if tags.get("junction") == "roundabout" else "no")
    if oneway not in ("yes", "1", "true", "-1", "reverse"):
        return {}
    direction: Attributes = {"oneway": -1 if oneway in ("-1", "reverse") else 1}
    sides = (tags.get(f"cycleway{side}", "") for side in ("", ":left", ":right", ":both"))
    if tags.get("oneway:bicycle") == "no" or any(side.startswith("opposite") for side in sides):
        direction["contraflow"] = 1
    return direction


def _bike_facility(tags: Tags, kind: str) -> str:
    if kind == "cycleway":
        return "track"
    values = {tags.get(f"cycleway{side}", "") for side in ("", ":left", ":right", ":both")}
    if values & {"track", "opposite_track", "separate"}:
        return "track"
    if values & {"lane", "opposite_lane"} or tags.get("bicycle_road") == "yes":
        return "lane"
    return ""


def _forbids_bicycles(tags: Tags, kind: str) -> bool:
    bicycle = tags.get("bicycle", "")
    if bicycle in ("yes", "designated", "permissive", "destination", "dismount"):
        return False
    if bicycle in ("no", "use_sidepath") or tags.get("motorroad") == "yes" or kind == "motorway":
        return True
    return tags.get("access") in ("no", "private")


def _surface(tags: Tags) -> str:
    surface = tags.get("surface", "")
    if surface in _PAVED:
        return "paved"
    if surface in _COBBLES:
        return "cobbles"
    return "unpaved" if surface else ""


def _ways_level(tags: Tags) -> Attributes:
    level: Attributes = {}
    if tags.get("bridge", "no") != "no":
        level["bridge"] = 1
    if tags.get("tunnel", "no") not in ("no", "building_passage"):
        level["tunnel"] = 1
    if re.fullmatch(r"-?\d", tags.get("layer", "")) and tags["layer"] != "0":
        level["layer"] = int(tags["layer"])
    return level


def _water_kind(tags: Tags) -> str:
    if tags.get("natural") == "water" or tags.get("waterway") in ("riverbank", "dock") or "water" in tags:
        water = tags.get("water", "")
        if water in ("river", "canal", "stream") or tags.get("waterway") == "riverbank":
            return "river"
        return "basin" if water in ("basin", "reservoir", "pond", "pool", "fountain") else "lake"
    if tags.get("landuse") in ("basin", "reservoir") or tags.get("leisure") == "swimming_pool":
        return "basin"
    return "sea" if tags.get("natural") == "bay" else ""


def _poi(tags: Tags) -> Feature | None:
    for key in ("railway", "shop", "amenity", "tourism", "barrier", "highway"):
        if value := tags.get(key, ""):
            kind, zoom = _POIS.get((key, value), ("shop", MAX_ZOOM) if key == "shop" else ("", 0))
            if kind and ("name" in tags or kind in _NAMELESS_POIS):
                return Feature("poi", _named(tags, kind=kind), zoom)
    return None


def _height(tags: Tags) -> Attributes:
    """Return the height in metres, from `height` or 3 m a storey; {} when neither is a sane number."""
    for key, metres in (("height", 1.0), ("building:levels", 3.0)):
        if match := re.match(r"\d{1,3}(\.\d+)?", tags.get(key, "")):
            return {"height": round(float(match.group()) * metres, 1)}
    return {}


def _named(tags: Tags, **attributes: str) -> Attributes:
    if name := tags.get("name", "").strip():
        return {**attributes, "name": name[:120]}
    return dict(attributes)
