"""Write the demo town: a small town that never was, as an OpenStreetMap extract.

It goes through the same import as a real extract and ships no data of others. The same seed gives the same
file, byte for byte.
"""

from pathlib import Path

from shapely import LineString, Point

from dispatch.demo import plan
from dispatch.demo.addresses import Address, Shop, number_houses, open_shops
from dispatch.demo.blocks import USES, Ground, landscape, pitches, sites
from dispatch.demo.buildings import House, build
from dispatch.demo.draft import Draft
from dispatch.demo.furniture import Turn, draw_furniture, forbidden_turns, signal_points
from dispatch.demo.layout import lay_out
from dispatch.demo.network import Piece
from dispatch.demo.paths import park_paths
from dispatch.demo.streets import Signs, Street, as_ways, name_streets
from dispatch.demo.terrain import Terrain


def write_town(path: Path, seed: int = 1) -> None:
    """Write the town as `.osm.pbf`; an existing file is replaced. Takes about two seconds."""
    draw_town(seed).write(path)


def draw_town(seed: int = 1) -> Draft:
    """Return the whole town as OpenStreetMap nodes, ways and relations."""
    terrain = Terrain()
    layout = lay_out(terrain, seed)
    streets = name_streets(layout, terrain)
    signs = Signs(streets, terrain, seed)
    grounds = sites(layout, terrain)
    houses = build(streets, grounds, terrain, seed)
    addresses = number_houses(houses, streets, terrain, seed)

    draft = Draft()
    _draw_streets(draft, streets, signs, seed)
    draw_furniture(draft, streets, signs, layout, seed)
    for line, tags in park_paths(grounds, layout, seed):
        draft.way(line, tags)
    _draw_railway(draft, layout.rails, terrain)
    _draw_water(draft, terrain)
    for tags, area in landscape(layout, terrain, seed):
        draft.area(area, tags)
    _draw_sites(draft, grounds)
    _draw_houses(draft, houses, addresses, open_shops(addresses, streets, seed))
    _draw_places(draft)
    return draft


def _draw_streets(draft: Draft, streets: list[Street], signs: Signs, seed: int) -> None:
    signals = signal_points(streets)
    turns = forbidden_turns(streets, signs, signals, seed)
    stops = {turn.at for turn in turns}
    cuts = {id(piece) for street in streets for piece in street.pieces if piece.ends[0] in stops}
    way_of: dict[int, int] = {}
    for street in streets:
        for pieces, tags in as_ways(street, signs, cuts):
            way = draft.way(_joined(pieces), tags)
            way_of.update((id(piece), way) for piece in pieces)
    for at in signals:
        draft.node(at, {"highway": "traffic_signals"})
    for turn in turns:
        _draw_turn(draft, turn, way_of)


def _joined(pieces: list[Piece]) -> LineString:
    coords = [*pieces[0].geometry.coords]
    for piece in pieces[1:]:
        coords += piece.geometry.coords[1:]
    return LineString(coords)


def _draw_turn(draft: Draft, turn: Turn, way_of: dict[int, int]) -> None:
    members = [
        ("w", way_of[id(turn.came_by)], "from"),
        ("n", draft.node(turn.at), "via"),
        ("w", way_of[id(turn.leaves_by)], "to"),
    ]
    tags = {"type": "restriction", "restriction": turn.kind}
    draft.relation(members, tags | ({"except": "bicycle"} if turn.is_open_to_bicycles else {}))


def _draw_railway(draft: Draft, rails: list[LineString], terrain: Terrain) -> None:
    for rail in rails:
        draft.way(rail, {"railway": "rail", "gauge": "1435", "usage": "main", "name": "Ligne de l'Océan"})
    stop = terrain.railway.interpolate(terrain.railway.project(Point(plan.STATION)) - 95)
    draft.node(
        (stop.x, stop.y + 6), {"railway": "station", "public_transport": "station", "name": plan.TOWN_NAME}
    )
    for side_m in (7.0, -7.0):
        platform = terrain.railway.offset_curve(side_m).intersection(Point(stop.x, stop.y).buffer(75))
        draft.way(platform, {"railway": "platform", "public_transport": "platform"})


def _draw_water(draft: Draft, terrain: Terrain) -> None:
    draft.way(terrain.river_line.intersection(terrain.sheet), {"waterway": "river", "name": plan.RIVER_NAME})
    draft.area(
        terrain.river.difference(terrain.island),
        {"natural": "water", "water": "river", "name": plan.RIVER_NAME},
    )
    draft.area(terrain.island, {"natural": "scrub", "place": "islet", "name": "Île aux Loutres"})
    draft.way(terrain.brook.intersection(terrain.sheet), {"waterway": "stream", "name": "Ruisseau d'Or"})
    draft.area(terrain.pond, {"natural": "water", "water": "pond", "name": "Étang du Moulin"})


def _draw_sites(draft: Draft, grounds: list[Ground]) -> None:
    for ground in grounds:
        draft.area(ground.shape, USES[ground.kind] | {"name": ground.name})
        if ground.kind == "sports":
            for pitch in pitches(ground):
                draft.area(pitch, {"leisure": "pitch", "sport": "soccer"})


def _draw_houses(draft: Draft, houses: list[House], addresses: list[Address], shops: list[Shop]) -> None:
    at_door = {id_of(address.house): address for address in addresses}
    inside = {id_of(shop.address.house): shop for shop in shops}
    for i, house in enumerate(houses):
        tags = {"building": house.kind, "building:levels": str(house.levels)}
        tags |= {"name": house.name} if house.name else {}
        address, shop = at_door.get(id_of(house)), inside.get(id_of(house))
        if address and i % 11 == 0:
            draft.node(house.door, address.tags())
        elif address:
            tags |= address.tags()
        if shop and shop.is_node:
            inner = house.shape.representative_point()
            draft.node((inner.x, inner.y), shop.tags | (shop.address.tags() if i % 2 else {}))
        elif shop:
            tags |= shop.tags
        draft.area(house.shape, tags)


def id_of(house: House) -> tuple[int, int, tuple[float, float]]:
    """What tells a house from all others: its street, side and door."""
    return house.street, house.side, house.door


def _draw_places(draft: Draft) -> None:
    x, y = plan.OLD_CENTRE
    draft.node((x + 1, y + 1), {"place": "town", "name": plan.TOWN_NAME, "population": "8400"})
    for kind, name, at in plan.SUBURBS:
        draft.node((at[0] + 2, at[1] + 2), {"place": kind, "name": name})
    hill_x, hill_y = plan.HILL
    draft.node((hill_x + 30, hill_y + 14), {"tourism": "viewpoint", "name": "Belvédère du Schloss"})
    draft.node((hill_x + 33, hill_y + 10), {"natural": "peak", "name": "Schlossberg", "ele": "124"})
