"""Desktops read the archive by ranges, phones read tiles; both may keep them for ever."""

import gzip
from math import asinh, pi, radians, tan
from uuid import uuid4

import pytest

from dispatch.core.errors import PacelineError
from dispatch.geo import pages


@pytest.fixture
def client(app, town):
    app.register_blueprint(pages.bp)
    app.register_error_handler(PacelineError, lambda error: (error.message, error.http_status))
    return app.test_client()


def tile_under(town, z):
    """The tile of zoom `z` under the town's centre (spherical Mercator)."""
    north = (1 - asinh(tan(radians(town.centre.lat))) / pi) / 2
    return int((town.centre.lon + 180) / 360 * 2**z), int(north * 2**z)


def test_a_part_of_the_archive_is_206_with_its_range(client, town):
    answer = client.get(pages.tiles_url(town.id), headers={"Range": "bytes=0-126"})
    assert answer.status_code == 206
    assert answer.data[:7] == b"PMTiles" and len(answer.data) == 127
    assert answer.headers["Content-Range"].startswith("bytes 0-126/")
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "immutable" in answer.headers["Cache-Control"] and answer.headers["ETag"]


def test_a_range_past_the_end_is_416(client, town):
    answer = client.get(pages.tiles_url(town.id), headers={"Range": "bytes=99999999-"})
    assert answer.status_code == 416


def test_an_archive_that_the_browser_has_is_304(client, town):
    tag = client.get(pages.tiles_url(town.id)).headers["ETag"]
    assert client.get(pages.tiles_url(town.id), headers={"If-None-Match": tag}).status_code == 304


def test_an_empty_tile_is_204_for_ever(client, town):
    answer = client.get(f"/tiles/{town.version_id}/15/0/0.mvt")
    assert answer.status_code == 204 and "immutable" in answer.headers["Cache-Control"]


def test_the_tile_under_the_town_has_its_streets(client, town):
    x, y = tile_under(town, 15)
    answer = client.get(f"/tiles/{town.version_id}/15/{x}/{y}.mvt")
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert b"Nordweg" in gzip.decompress(answer.data)


@pytest.mark.parametrize("path", ["16/0/0.mvt", "city.pmtiles"])
def test_what_is_not_there_is_404(client, town, path):
    version = town.version_id if path.endswith("mvt") else uuid4()
    assert client.get(f"/tiles/{version}/{path}").status_code == 404


def test_the_files_beside_the_archive_cannot_be_fetched(client, town):
    for path in ("streets/network.json", "../1/streets/network.json", "%2e%2e/1/city.pmtiles"):
        assert client.get(f"/tiles/{town.version_id}/{path}").status_code == 404
