"""What can go wrong with streets, one class per thing a caller can do about it."""


class StreetsError(Exception):
    """Anything this package refuses; `code` is stable for machines, the message is for people."""

    code = "streets_error"


class BadExtract(StreetsError):
    """The OpenStreetMap file cannot be used: get another one."""

    code = "bad_extract"


class BadElevation(StreetsError):
    """An elevation tile cannot be used: mend or remove it."""

    code = "bad_elevation"


class BadNetworkFolder(StreetsError):
    """A saved network is missing, damaged or of another version: build it again."""

    code = "bad_network_folder"


class UnknownProfile(StreetsError):
    """No such profile: choose one of those the message names."""

    code = "unknown_profile"


class BadPoint(StreetsError):
    """Coordinates that are no place on earth: the message names the point."""

    code = "bad_point"


class OffStreet(StreetsError):
    """A point lies too far from every street a profile may use: move the pin.

    `indices` are the positions of all such points in the caller's list.
    """

    code = "off_street"

    def __init__(self, message: str, indices: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.indices = indices


class NoRoute(StreetsError):
    """Two points that no path joins for this profile."""

    code = "no_route"


class NotSupported(StreetsError):
    """Something the chosen engine cannot do: choose another engine."""

    code = "not_supported"


class EngineFailed(StreetsError):
    """The routing engine itself failed or did not answer: try again, or choose another."""

    code = "engine_failed"
