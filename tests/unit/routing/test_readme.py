"""Who reads the benchmarks by program finds every key in the package's README."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from routing.bench import courier, growth, pdptw_family, streets

README = (Path(streets.__file__).parents[1] / "README.md").read_text(encoding="utf-8")
RESULTS = [pdptw_family.Row, pdptw_family.Sum, courier.Result, growth.Row]


def test_every_figure_of_bench_streets_is_documented() -> None:
    keys = re.findall(r'key=f?"(\w+)', Path(streets.__file__).read_text(encoding="utf-8"))
    sized = [f"{engine}_{size}_ms" for engine in ("matrix", "scipy") for size in (100, 300, 700)]
    assert len(keys) > 20
    assert [key for key in (*keys, *sized) if key not in ("matrix_", "scipy_") and f"`{key}`" not in README] == []


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: f"{result.__module__}.{result.__name__}")
def test_every_column_of_a_benchmark_is_documented(result: type) -> None:
    assert [field.name for field in fields(result) if f"`{field.name}`" not in README] == []


def test_every_goal_of_bench_growth_is_documented() -> None:
    assert [key for key in growth.GOALS if f"`{key}`" not in README] == []
