"""Merchants' tests run in the demo town."""
from tests.town import coop, other_coop, town  # noqa: F401
