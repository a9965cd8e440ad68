"""Answers as JSON: what is written can be read again, whatever somebody has put into it."""
import json
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.http import QuickJson

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
APP = Flask("json")
WRITER = QuickJson(APP)


@given(PLAIN)
def test_what_is_written_reads_back_the_same(value: Any) -> None:
    """Numbers to the last digit, texts in every script."""
    assert json.loads(WRITER.response(value).get_data()) == value


@pytest.mark.parametrize(("value", "written"), [
    ({"name": "\ud800"}, '{"name":"\\ud800"}'),
    ({"id": UUID(int=7)}, '{"id":"00000000-0000-0000-0000-000000000007"}'),
    ({"far": float("inf")}, '{"far":null}'),
    ({"b": 1, "a": 2}, '{"b":1,"a":2}'),
])
def test_what_is_no_plain_json_is_written_all_the_same(value: Any, written: str) -> None:
    """Half a character that an error repeats is no error of ours; no number is no number for any reader."""
    answer = WRITER.response(value)
    assert (answer.get_data(as_text=True), answer.mimetype) == (written, "application/json")
