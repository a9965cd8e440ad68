"""What proves a delivery, and where a parcel may be left."""
import pytest

from dispatch.core.errors import Invalid
from dispatch.orders.rules import ProofFacts, check_left_with, check_proof


def given(**proofs: str | None) -> list[ProofFacts]:
    """Proofs by kind and text."""
    return [ProofFacts(kind=kind, text=text) for kind, text in proofs.items()]


def test_a_weight_is_a_number_of_grams() -> None:
    """A kitchen scale's photo of words helps nobody's invoice."""
    check_proof(["weight"], given(weight="2450"), code=None)
    with pytest.raises(Invalid, match="weigh it again"):
        check_proof(["weight"], given(weight="two kilos"), code=None)


@pytest.mark.parametrize(("left", "proofs"), [("neighbour", {"name": "Kim"}), ("safe_place", {"photo": None})])
def test_a_parcel_is_left_elsewhere_with_the_proof_for_it(left: str, proofs: dict[str, str | None]) -> None:
    """A neighbour by name, a place by photo; what else was asked for cannot be had without the recipient."""
    check_left_with(left, ["photo", "name"], given(**proofs), code=None)
    with pytest.raises(Invalid, match="proof missing"):
        check_left_with(left, [], given(barcode="1"), code=None)


@pytest.mark.parametrize(("required", "code"), [(["signature"], None), (["age"], None), ([], "4711")])
def test_what_only_the_recipient_can_prove_goes_to_nobody_else(required: list[str], code: str | None) -> None:
    """Wine for an adult does not stand in front of a door."""
    with pytest.raises(Invalid, match="recipient alone"):
        check_left_with("neighbour", required, given(name="Kim"), code=code)


def test_a_parcel_is_not_left_just_anywhere() -> None:
    """Only what we count and show."""
    with pytest.raises(Invalid, match="neighbour, safe_place"):
        check_left_with("river", [], given(name="Kim"), code=None)
