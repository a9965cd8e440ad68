"""A gateway's JSON is filled in as it is written, whatever a text says."""
import json

from hypothesis import given
from hypothesis import strategies as st

from dispatch.notify.rules import filled


@given(to=st.text(), text=st.text())
def test_nothing_a_text_says_breaks_out_of_its_place(to: str, text: str) -> None:
    """Quotes, braces and line ends stay words."""
    template = {"to": ["{to}"], "body": "Paceline: {text}", "flash": True}
    made = json.loads(json.dumps(filled(template, {"to": to, "text": text})))
    assert made == {"to": [to], "body": f"Paceline: {text}", "flash": True}
