"""Properties that hold for any town, weight, hazard and bike; Hypothesis looks for the one that breaks them."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from routing.bench.streets_rules import broken_rules
from routing.streets.cch import CchSearch
from routing.streets.dijkstra import DijkstraSearch
from routing.streets.hazards import Hazard
from routing.streets.network import Network
from routing.streets.profiles import PROFILES
from routing.streets.sample import street_points
from routing.streets.search import Search, Seeds
from routing.streets.travel import Streets
from routing.streets.weights import CLOSED_DS
from tests.unit.routing.streets.drawing import Drawing, place, town

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=25, deadline=None)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Network:
    drawing = Drawing(tmp_path_factory.mktemp("town"))
    town(drawing)
    return drawing.network()


@pytest.fixture(scope="module")
def both(drawn: Network) -> tuple[Streets, Streets]:
    return Streets(drawn, "cch"), Streets(drawn, "scipy")


HAZARDS = st.lists(
    st.builds(
        lambda x_m, y_m, radius_m, factor: Hazard(
            lon=place(x_m, y_m)[0], lat=place(x_m, y_m)[1], radius_m=radius_m, factor=factor
        ),
        st.floats(-100, 900),
        st.floats(-100, 900),
        st.floats(1, 400),
        st.floats(1, 50),
    ),
    max_size=6,
)


def _seeds(rng: np.random.Generator, network: Network, count: int) -> Seeds:
    """Random ends for searches, some with one node only."""
    node = rng.integers(0, network.node_count, size=(count, 2)).astype(np.int32)
    node[node[:, 0] == node[:, 1], 1] = -1
    node[rng.random(count) < 0.2, 0] = -1
    node[(node < 0).all(axis=1), 0] = 0
    return Seeds(node=node, ds=rng.integers(0, 500, size=(count, 2)))


@FEW
@given(seed=SEEDS, closed_share=st.floats(0, 0.7))
def test_cch_equals_dijkstra_under_any_weights(drawn: Network, seed: int, closed_share: float) -> None:
    """Weights that no profile would give, and so many closed arcs that pairs fall apart."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 3000, size=len(drawn.arc_tail)).astype(np.int32)
    weights[rng.random(len(weights)) < closed_share] = CLOSED_DS
    sources, targets = _seeds(rng, drawn, 15), _seeds(rng, drawn, 12)
    tables, paths = [], []
    searches: list[Search] = [CchSearch(drawn), DijkstraSearch(drawn)]
    for search in searches:
        metric = search.customise(weights)
        tables.append(search.table(metric, sources, targets))
        paths.append(search.path(metric, sources, targets))
    assert np.array_equal(tables[0], tables[1])
    assert (paths[0] is None) == (paths[1] is None)
    for path in paths:
        if path is not None:
            assert path.ds == tables[0][0, 0]
            nodes = [path.first_node, *drawn.arc_head[path.arcs].tolist()]
            assert nodes[-1] == path.last_node
            assert nodes[:-1] == drawn.arc_tail[path.arcs].tolist()


@FEW
@given(seed=SEEDS, hazards=HAZARDS, profile=st.sampled_from(sorted(PROFILES)))
def test_matrices_are_exact_under_any_hazards(
    both: tuple[Streets, Streets], seed: int, hazards: list[Hazard], profile: str
) -> None:
    points = street_points(both[0].network, 10, seed, profile=profile)
    matrices = []
    for streets in both:
        streets.set_hazards(hazards)
        matrices.append(streets.matrix(points, profile))
    assert np.array_equal(matrices[0], matrices[1])


@FEW
@given(seed=SEEDS, hazards=HAZARDS, profile=st.sampled_from(sorted(PROFILES)))
def test_a_leg_never_beats_the_matrix_and_hazards_never_speed_up(
    both: tuple[Streets, Streets], seed: int, hazards: list[Hazard], profile: str
) -> None:
    """The leg is drawn for comfort, so it may take longer than the fastest ride, but never less."""
    streets = both[0]
    points = street_points(streets.network, 6, seed, profile=profile)
    streets.set_hazards([])
    before = streets.matrix(points, profile)
    streets.set_hazards(hazards)
    after = streets.matrix(points, profile)
    assert (after >= before).all()
    for index in range(5):
        leg = streets.leg(points[index].tolist(), points[index + 1].tolist(), profile)
        assert leg.duration_s >= after[index, index + 1] - 1e-3
    streets.set_hazards([])


ONEWAYS = st.sampled_from(
    [{}, {}, {"oneway": "yes"}, {"oneway": "-1"}, {"oneway": "yes", "oneway__bicycle": "no"}, {"highway": "footway"}]
)
KINDS = st.sampled_from(["no_left_turn", "no_right_turn", "no_straight_on", "only_straight_on", "only_left_turn"])


Turn = tuple[int, int, int, int, str]
"""From way, row and column of the node, to way, kind; ways 0 to 5 are the rows, 6 to 11 the columns."""

COMMAND_TO_ANOTHER_BLOCK: Turn = (8, 0, 2, 1, "only_straight_on")
BACK_FROM_THE_END: Turn = (0, 0, 0, 0, "no_left_turn")
TWO_ONEWAYS: list[dict[str, str]] = [{"oneway": "yes"} if line in (7, 11) else {} for line in range(12)]


def _grid(folder: Path, tags: list[dict[str, str]], turns: list[Turn]) -> Drawing:
    """Five by five blocks of 80 m; every street is one way from end to end."""
    drawing = Drawing(folder)
    for row in range(6):
        for column in range(6):
            drawing.node(f"n{row}.{column}", column * 80, row * 80)
    ways = []
    for line in range(6):
        ways.append(drawing.way(" ".join(f"n{line}.{column}" for column in range(6)), **tags[line]))
    for line in range(6):
        ways.append(drawing.way(" ".join(f"n{row}.{line}" for row in range(6)), **tags[line + 6]))
    for from_, row, column, to, kind in turns:
        drawing.restriction(ways[from_], f"n{row}.{column}", ways[to], restriction=kind)
    return drawing


@settings(max_examples=15, deadline=None)
@given(
    tags=st.lists(ONEWAYS, min_size=12, max_size=12),
    turns=st.lists(
        st.tuples(st.integers(0, 11), st.integers(0, 5), st.integers(0, 5), st.integers(0, 11), KINDS), max_size=12
    ),
    seed=SEEDS,
)
@example(tags=TWO_ONEWAYS, turns=[BACK_FROM_THE_END] * 6 + [COMMAND_TO_ANOTHER_BLOCK], seed=0)
@example(tags=TWO_ONEWAYS, turns=[BACK_FROM_THE_END] * 12, seed=0)
def test_no_route_goes_the_wrong_way_or_through_a_forbidden_turn(
    tags: list[dict[str, str]], turns: list[Turn], seed: int
) -> None:
    """Routes through random towns, judged by code that shares nothing with the network's."""
    with tempfile.TemporaryDirectory() as folder:
        drawing = _grid(Path(folder), tags, turns)
        broken = broken_rules(drawing.write(), Streets(drawing.network()), "bike", routes=12, seed=seed)
    assert (broken.wrong_way, broken.turns) == (0, 0)


TO_ANOTHER_BLOCK: list[Turn] = [
    (column + 6, row, column, (row + 1) % 6, "only_straight_on") for column in range(6) for row in range(6)
]
BACK_FROM_EVERY_END: list[Turn] = [
    turn
    for line in range(6)
    for end in (0, 5)
    for turn in ((line, line, end, line, "only_straight_on"), (line + 6, end, line, line + 6, "only_straight_on"))
]


@pytest.mark.parametrize("commands", [TO_ANOTHER_BLOCK, BACK_FROM_EVERY_END], ids=["elsewhere", "back"])
def test_a_command_that_nobody_can_follow_is_no_rule(tmp_path: Path, commands: list[Turn]) -> None:
    """Its street does not touch the junction, or ends there: the network passes, and the judge has to agree."""
    drawing = _grid(tmp_path, [{}] * 12, commands)
    broken = broken_rules(drawing.write(), Streets(drawing.network()), "bike", routes=50, seed=0)
    assert (broken.wrong_way, broken.turns) == (0, 0)


@pytest.mark.parametrize("kind", ["no_left_turn", "only_left_turn"])
def test_the_judge_sees_a_network_that_knows_no_restriction(tmp_path: Path, kind: str) -> None:
    """What it overlooks, the property above can never find: each column's turns into, or past, the rows it crosses."""
    lawless = Streets(_grid(tmp_path, [{}] * 12, []).network())
    turns = [(column + 6, row, column, row, kind) for column in range(6) for row in range(6)]
    assert broken_rules(_grid(tmp_path, [{}] * 12, turns).write(), lawless, "bike", routes=50, seed=0).turns > 10
