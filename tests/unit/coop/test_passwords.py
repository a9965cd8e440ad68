"""What a password costs to guess."""
from argon2 import Type, extract_parameters

from dispatch.coop import services


def test_a_password_is_hashed_with_argon2id_at_the_price_that_owasp_names():
    """19 MiB and two passes; the answer for unknown people is made at start, before tests make theirs cheap."""
    price = extract_parameters(services._NOBODY)
    assert (price.type, price.memory_cost, price.time_cost, price.parallelism) == (Type.ID, 19 * 1024, 2, 1)
