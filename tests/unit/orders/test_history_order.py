"""The order of history: by time, and within one device by that device's own count."""
from dispatch.orders.rules import by_own_sequence


def test_what_one_phone_did_stands_as_the_phone_counted_it() -> None:
    """Its clock was set back in between; its count was not."""
    assert by_own_sequence([("a", 1), ("a", 3), ("a", 2)]) == [0, 2, 1]


def test_devices_keep_the_places_that_time_gives_them() -> None:
    """Two phones and the planner, who counts nothing."""
    events = [("a", 2), (None, None), ("b", 7), ("a", 1), ("b", 6)]
    assert by_own_sequence(events) == [3, 1, 4, 0, 2]
