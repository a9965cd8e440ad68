"""What phones send: JSON bodies, checked field by field."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, field_validator

from dispatch.core.errors import Invalid, WrongContentType
from dispatch.core.http import Body
from dispatch.core.units import LonLat
from dispatch.orders.rules import ProofKind
from dispatch.orders.services import Stamp

from .actions import Action, Given
from .models import PROFILES

Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]


class Placed(Body):
    """A body that may say where the phone is."""

    lon: Lon | None = None
    lat: Lat | None = None

    def lonlat(self) -> LonLat | None:
        """The place, if both halves were given."""
        return LonLat(self.lon, self.lat) if self.lon is not None and self.lat is not None else None


class BikeCheck(Body):
    """What the rider found at the bike before setting off."""

    is_fine: bool
    note: str = Field(default="", max_length=300)


class ShiftOn(Placed):
    """Sign on."""

    client_uuid: UUID
    device_at: AwareDatetime | None = None
    queued_s: float = Field(default=0, ge=0, le=30 * 86_400)
    shift_id: UUID | None = None
    ends_at: AwareDatetime | None = None
    profile: str | None = None
    bike_id: UUID | None = None
    capacity_g: int | None = Field(default=None, gt=0, le=300_000)
    bike_check: BikeCheck | None = None

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, value: str | None) -> str | None:
        if value is not None and value not in PROFILES:
            raise ValueError(f"use one of {', '.join(PROFILES)}")
        return value


class ShiftOff(Placed):
    """Sign off."""

    client_uuid: UUID
    device_at: AwareDatetime | None = None
    queued_s: float = Field(default=0, ge=0, le=30 * 86_400)


class GivenProof(Body):
    """A proof named with an action."""

    client_uuid: UUID
    kind: ProofKind
    text: str | None = Field(default=None, max_length=200)


class TaskAction(Placed):
    """Something done to a task."""

    client_uuid: UUID
    device_id: str | None = Field(default=None, max_length=64)
    device_seq: int | None = Field(default=None, ge=0, le=2**31 - 1)
    device_at: AwareDatetime | None = None
    queued_s: float = Field(default=0, ge=0, le=30 * 86_400)
    reason: str | None = Field(default=None, max_length=40)
    proofs: tuple[GivenProof, ...] = Field(default=(), max_length=12)

    def action(self, task_id: UUID, verb: str) -> Action:
        """The action it describes."""
        stamp = Stamp(
            client_uuid=self.client_uuid,
            device_id=self.device_id,
            device_seq=self.device_seq,
            device_at=self.device_at,
            queued_s=self.queued_s,
            lonlat=self.lonlat(),
        )
        proofs = tuple(Given(client_uuid=item.client_uuid, kind=item.kind, text=item.text) for item in self.proofs)
        return Action(
            task_id=task_id,
            verb=verb,
            client_uuid=self.client_uuid,
            stamp=stamp,
            reason=self.reason,
            proofs=proofs,
        )


class ProofBody(Body):
    """One proof or note by JSON: a text, or a picture as a data URL."""

    client_uuid: UUID
    kind: ProofKind | Literal["note"]
    text: str | None = Field(default=None, min_length=1, max_length=200)
    data_url: str | None = None
    taken_at: AwareDatetime | None = None


class PositionBody(Body):
    """Where the phone is."""

    lon: Lon
    lat: Lat
    at: AwareDatetime
    accuracy_m: float | None = Field(default=None, ge=0)


class SharingBody(Body):
    """Whether a rider's position is shared in shifts."""

    client_uuid: UUID
    device_at: AwareDatetime | None = None
    queued_s: float = Field(default=0, ge=0, le=30 * 86_400)
    is_shared: bool


class QuestionBody(Body):
    """Something a person should look at."""

    kind: Literal["pay", "decision"]
    subject: str = Field(min_length=1, max_length=200)
    words: str = Field(default="", max_length=1000)


class PushKeys(Body):
    """The browser's public keys."""

    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=100)


class PushBody(Body):
    """A browser that wants messages."""

    endpoint: str = Field(max_length=1000)
    keys: PushKeys | None = None
    expiration_time: datetime | int | None = Field(default=None, alias="expirationTime")


def picture_bytes(data_url: str) -> bytes:
    """The bytes in a data URL; WrongContentType if it is none, Invalid if they are garbled."""
    head, comma, body = data_url.partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        raise WrongContentType("send the picture as data:image/...;base64,... or as a file")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("the picture was garbled on its way: send it again", code="photo_broken") from error
