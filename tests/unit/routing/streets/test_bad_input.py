"""Extracts that are broken, hostile or odd: a clear answer for each, and a working network wherever one is possible."""

import zipfile
from pathlib import Path

import numpy as np
import osmium
import pytest

from routing.streets import extract
from routing.streets.build import build_network
from routing.streets.errors import BadElevation, BadExtract
from routing.streets.travel import Streets
from tests.unit.routing.streets.drawing import Drawing, place, square


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadExtract, match=r"nowhere\.osm\.pbf: no such file"):
        build_network(tmp_path / "nowhere.osm.pbf")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.osm.pbf"
    path.touch()
    with pytest.raises(BadExtract, match="is empty"):
        build_network(path)


def test_a_truncated_file_is_refused(drawing: Drawing) -> None:
    square(drawing)
    path = drawing.write()
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadExtract, match="not a readable OpenStreetMap extract"):
        build_network(path)


@pytest.mark.parametrize(("name", "content"), [("a.osm.pbf", b"\x00" * 5000), ("b.osm", b"<html/>"), ("c.json", b"{}")])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadExtract, match=name):
        build_network(path)


def test_a_gigantic_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """A sparse file of the size of a country: the answer says how to cut a city out of it."""
    path = tmp_path / "country.osm.pbf"
    with path.open("wb") as file:
        file.truncate(extract.MAX_BYTES + 1)
    with pytest.raises(BadExtract, match="osmium extract"):
        build_network(path)


def test_an_extract_without_streets_is_refused(drawing: Drawing) -> None:
    drawing.node("a", 0, 0)
    drawing.node("b", 10, 0)
    drawing.way("a b", highway="proposed")
    with pytest.raises(BadExtract, match="no street"):
        drawing.network()


def test_a_street_that_leaves_the_extract_ends_at_the_last_node_known(drawing: Drawing) -> None:
    """Node x is not in the file: the street is two pieces, never a line across the gap."""
    drawing.node("m", 200, 0)
    drawing.node("n", 300, 0)
    square(drawing, "a m x n b")
    network = drawing.network()
    assert network.info.skipped["missing_nodes"] == 1
    streets = Streets(network)
    seconds = streets.table([place(200, 0)], [place(300, 0)], "bike")[0, 0]
    assert seconds > 1000 / 6


def test_repeated_nodes_and_self_loops_do_no_harm(drawing: Drawing) -> None:
    drawing.node("m", 200, 0)
    square(drawing, "a a m m m b")
    drawing.way("m m")
    drawing.way("c c c")
    streets = Streets(drawing.network())
    assert streets.table([place(100, 0)], [place(300, 0)], "bike")[0, 0] == pytest.approx(38.9, abs=2)


def test_a_loop_street_is_reached_from_both_ends(drawing: Drawing) -> None:
    """A cul-de-sac that comes back to its own beginning."""
    drawing.node("p", 100, 100)
    drawing.node("q", 150, 150)
    drawing.node("r", 50, 150)
    drawing.node("m", 100, 0)
    square(drawing, "a m b")
    drawing.way("m p q r p", name="Loop")
    streets = Streets(drawing.network())
    seconds = streets.table([place(100, 50)], [place(140, 140), place(60, 140)], "bike")[0]
    assert seconds[0] == pytest.approx(seconds[1], abs=0.3)


def test_a_ring_without_any_junction_is_a_network_too(drawing: Drawing) -> None:
    square(drawing)
    matrix = Streets(drawing.network()).matrix([place(200, 0), place(200, 400)], "bike")
    assert np.isfinite(matrix).all()


def test_a_way_of_ten_thousand_nodes_is_one_edge(drawing: Drawing) -> None:
    names = []
    for number in range(10_000):
        names.append(f"k{number}")
        drawing.node(names[-1], number % 100, 2.0 * (number // 100) + (number % 7) * 0.01)
    square(drawing)
    drawing.way(" ".join(["a", *names, "c"]))
    network = drawing.network()
    assert network.edge_count == 3
    assert np.isfinite(Streets(network).matrix([place(50, 100), place(300, 400)], "bike")).all()


def test_an_island_is_not_snapped_to(drawing: Drawing) -> None:
    """A parcel for the island's shore would otherwise be a stop that nobody can reach."""
    square(drawing)
    drawing.node("i", 150, 100)
    drawing.node("j", 250, 100)
    drawing.way("i j", name="Island")
    streets = Streets(drawing.network())
    snapped = streets.snap([place(200, 101)], "bike")
    assert snapped.distance_m[0] == pytest.approx(101, abs=0.5)


def test_a_trap_one_can_enter_but_not_leave_is_not_snapped_to(drawing: Drawing) -> None:
    drawing.node("m", 200, 0)
    drawing.node("end", 200, 100)
    square(drawing, "a m b")
    drawing.way("m end", oneway="yes")
    assert Streets(drawing.network()).snap([place(201, 90)], "bike").distance_m[0] == pytest.approx(90, abs=0.5)


def test_a_wrong_coordinate_makes_no_street_across_the_country(drawing: Drawing) -> None:
    drawing.node("far", 90_000, 0)
    square(drawing)
    drawing.way("b far c", name="Slip of the mouse")
    network = drawing.network()
    assert network.info.skipped["long_segments"] == 2
    assert network.slot_length.max() < 500


@pytest.mark.parametrize(
    "tags",
    [
        {"maxspeed": "warp"},
        {"oneway": "maybe"},
        {"incline": "∞"},
        {"maxwidth": "wide"},
        {"surface": "lava"},
        {"smoothness": "no;yes"},
        {"name": "x" * 1000},
    ],
)
def test_tags_that_mean_nothing_change_nothing(drawing: Drawing, tags: dict[str, str]) -> None:
    square(drawing, **tags)
    seconds = Streets(drawing.network()).table([place(100, 0)], [place(300, 0)], "bike")[0, 0]
    assert seconds == pytest.approx(38.9, abs=0.2)


def test_a_tag_whose_text_is_no_text_is_refused(drawing: Drawing) -> None:
    """Bytes that are no UTF-8 do not come from a mapper: the file is damaged."""
    square(drawing, name="Hauptstrasse")
    path = drawing.write()
    plain = path.with_name("plain.osm.pbf")
    with osmium.SimpleWriter(osmium.io.File(str(plain), "pbf,pbf_compression=none")) as writer:
        for item in osmium.FileProcessor(str(path)):
            writer.add(item)
    plain.write_bytes(plain.read_bytes().replace(b"Hauptstrasse", b"Haupt\xff\xfe\xfdasse"))
    with pytest.raises(BadExtract, match="not a readable OpenStreetMap extract"):
        build_network(plain)


def test_a_restriction_that_names_unknown_ways_is_left_out(drawing: Drawing) -> None:
    square(drawing)
    drawing.restriction(77, "a", 78, restriction="only_left_turn")
    drawing.restriction(1, "b", 2, restriction="nonsense")
    seconds = Streets(drawing.network()).table([place(300, 0)], [place(400, 100)], "bike")[0, 0]
    assert seconds == pytest.approx(200 / 5.139, abs=0.3)


def test_a_folder_of_tiles_that_is_none_is_refused(drawing: Drawing, tmp_path: Path) -> None:
    square(drawing)
    with pytest.raises(BadElevation, match="no such folder"):
        drawing.network(tmp_path / "nowhere")


def test_a_tile_of_the_wrong_size_is_refused(drawing: Drawing, tmp_path: Path) -> None:
    square(drawing)
    (tmp_path / "N49E008.hgt").write_bytes(b"\x00" * 1000)
    with pytest.raises(BadElevation, match="no square SRTM tile"):
        drawing.network(tmp_path)


def test_a_zip_that_is_none_is_refused(drawing: Drawing, tmp_path: Path) -> None:
    square(drawing)
    (tmp_path / "N49E008.hgt.zip").write_bytes(b"PK no")
    with pytest.raises(BadElevation, match="not a readable zip"):
        drawing.network(tmp_path)


def test_a_folder_without_a_tile_of_the_town_is_refused(drawing: Drawing, tmp_path: Path) -> None:
    """It would make a flat town of a hilly one without a word."""
    square(drawing)
    (tmp_path / "N10E010.hgt").write_bytes(b"\x00\x01" * 4)
    with pytest.raises(BadElevation, match="no elevation tile of this town .*N49E008"):
        drawing.network(tmp_path)


def test_a_zip_whose_inside_is_damaged_is_refused(drawing: Drawing, tmp_path: Path) -> None:
    square(drawing)
    path = tmp_path / "N49E008.hgt.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("N49E008.hgt", bytes(range(256)) * 800)
    data = bytearray(path.read_bytes())
    data[60:400] = b"\xff" * 340
    path.write_bytes(data)
    with pytest.raises(BadElevation, match="not a readable zip"):
        drawing.network(tmp_path)


@pytest.mark.parametrize("nodes", ["a", "a a"])
def test_an_extract_in_which_no_street_leads_anywhere_is_refused(drawing: Drawing, nodes: str) -> None:
    drawing.node("a", 0, 0)
    drawing.way(nodes, highway="residential")
    with pytest.raises(BadExtract, match="leads from one place to another"):
        drawing.network()
