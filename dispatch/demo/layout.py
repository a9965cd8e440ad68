"""Lay out the whole street network of the demo town. Pure; metres."""

from dataclasses import dataclass
from random import Random

import shapely
from shapely import LineString, Polygon

from dispatch.demo import plan
from dispatch.demo.curves import smooth
from dispatch.demo.field import DirectionField, Spacing, StreetTracer
from dispatch.demo.network import Line, Piece, cut_at_junctions, lead_on, thin_out
from dispatch.demo.terrain import Terrain

THINNED_SHARE = 0.12


@dataclass(frozen=True, slots=True)
class Layout:
    """All streets and cycleways: their lines, the pieces between junctions, and the railway's pieces."""

    lines: list[Line]
    pieces: list[Piece]
    rails: list[LineString]

    def rank(self, piece: Piece) -> str:
        return self.lines[piece.line].rank


def lay_out(terrain: Terrain, seed: int) -> Layout:
    """Return the network; pieces are also cut where they meet the river's banks and the railway."""
    rng = Random(f"{seed}:streets")
    lines = drawn_lines(terrain)
    spacing = Spacing()
    for line in lines:
        if line.rank not in ("cycleway", "track"):
            spacing.add(line.geometry)
    lines += side_streets(terrain, spacing, rng)
    lines = lead_on(lines)
    cutters = [Line("rail", terrain.railway), Line("bank", terrain.river.boundary)]
    pieces = cut_at_junctions(lines + cutters)
    streets = [piece for piece in pieces if piece.line < len(lines)]
    rails = [piece for piece in pieces if piece.line == len(lines)]
    return Layout(lines, thin_out(streets, lines, THINNED_SHARE, rng), [rail.geometry for rail in rails])


def drawn_lines(terrain: Terrain) -> list[Line]:
    """Return main roads, ring, quays and cycleways."""
    roads = [
        Line(road.rank, _on_sheet(smooth(road.points), terrain), road.name, road.ref)
        for road in plan.MAIN_ROADS
    ]
    ring = Line("secondary", terrain.ring, "Ringpromenade", "D 17")
    links = [Line("cycleway", smooth(link.points), link.name, leads_on=True) for link in plan.CYCLE_LINKS]
    return [*roads, ring, *_quays(terrain), *links, *_river_cycleways(terrain)]


def _quays(terrain: Terrain) -> list[Line]:
    north = terrain.river_line.offset_curve(58)
    south = terrain.river_line.offset_curve(-60)
    return [
        Line("residential", _between(north, 560, 1000), "Gerberufer", leads_on=True),
        Line("tertiary", _between(north, 1000, 1480), "Quai d'Émeraude", leads_on=True),
        Line("residential", _between(south, 560, 1720), "Quai des Lavandières", leads_on=True),
    ]


def _river_cycleways(terrain: Terrain) -> list[Line]:
    banks = terrain.river.buffer(14).simplify(1.0).exterior.intersection(terrain.sheet.buffer(-1))
    merged = sorted(shapely.get_parts(shapely.line_merge(banks)), key=lambda bank: bank.centroid.y)
    names = ["Voie verte de la Loune", "Riverside Way"]
    return [Line("cycleway", bank, name) for bank, name in zip(merged[:2], names, strict=True)]


def _between(line: LineString, west_m: float, east_m: float) -> LineString:
    inside = shapely.get_parts(line.intersection(shapely.box(west_m, 0, east_m, plan.HEIGHT_M)))
    return max(inside, key=lambda part: part.length)


def _on_sheet(line: LineString, terrain: Terrain) -> LineString:
    return max(shapely.get_parts(line.intersection(terrain.sheet)), key=lambda part: part.length)


def side_streets(terrain: Terrain, spacing: Spacing, rng: Random) -> list[Line]:
    """Return traced streets: small blocks in the old centre, large ones south of the railway."""
    field = DirectionField(terrain, rng)
    free = buildable(terrain)
    works = _south_of(terrain.railway, 35)
    lines = []
    for rank, area, wish_m, length_m in (
        ("living_street", terrain.centre.buffer(-16), (47.0, 58.0), 420.0),
        ("residential", free.difference(works).difference(terrain.centre.buffer(12)), (72.0, 112.0), 900.0),
        ("unclassified", free.intersection(works), (105.0, 150.0), 900.0),
    ):
        tracer = StreetTracer(field, spacing, area, rng)
        lines += [
            Line(rank, street, is_drawn=False, leads_on=True) for street in tracer.trace_all(wish_m, length_m)
        ]
    return lines


def buildable(terrain: Terrain) -> Polygon:
    """Return the ground where streets may be traced."""
    taken = [
        terrain.river.buffer(46),
        terrain.railway.buffer(34),
        terrain.hilltop,
        terrain.pond.buffer(26),
        terrain.brook.buffer(16),
    ]
    return terrain.built_up.difference(shapely.unary_union(taken))


def _south_of(line: LineString, gap_m: float) -> Polygon:
    lower = line.offset_curve(-gap_m)
    return Polygon([*lower.coords, (plan.WIDTH_M + 200, -200), (-200, -200)]).buffer(0)
