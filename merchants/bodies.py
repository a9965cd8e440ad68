"""What merchants send and get, as models that check themselves and make the OpenAPI document. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import phonenumbers
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from dispatch.core.errors import Invalid
from dispatch.core.http import Body
from dispatch.orders.need_rules import LONGEST_RIDE_S, MOST_SKILLS, clean_skills
from dispatch.orders.rules import OrderState, ProofKind

from .simulation_rules import FASTEST, USUAL_SPEED, Scenario
from .tariff_rules import SIZES_ML

MAX_DROPS = 12


def _phone(text: str) -> str:
    if not text:
        return text
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"{text!r} is no phone number: write it with its country code, such as +49...") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError(f"{text!r} is no possible phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _position(pair: tuple[float, float]) -> tuple[float, float]:
    lon, lat = pair
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"[{lon}, {lat}] is no place: GeoJSON order is [longitude, latitude]")
    return pair


def _skills(names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return clean_skills(names)
    except Invalid as error:
        raise ValueError(error.message) from error


Phone = Annotated[str, Field(max_length=40), AfterValidator(_phone)]
Position = Annotated[tuple[float, float], AfterValidator(_position)]
Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]


class PlaceIn(Body):
    """A place to go to. `address`, `lonlat`, or both: the pin wins and the address is shown."""

    address: str = Field("", max_length=200)
    lonlat: Position | None = None
    contact_name: str = Field("", max_length=120)
    contact_phone: Phone = ""
    note: str = Field("", max_length=500)
    floor: int = Field(0, ge=-9, le=99, description="Of the door; 0 is at street level.")
    has_lift: bool = False
    handling_s: int | None = Field(
        None, ge=0, le=3600, description="How long handing over takes there, without the stairs. Default: as agreed."
    )

    @model_validator(mode="after")
    def _is_somewhere(self) -> PlaceIn:
        if not self.address and self.lonlat is None:
            raise ValueError("give an address, a lonlat, or both")
        return self


class TimedIn(PlaceIn):
    """A place that is to be reached in a window of time."""

    window_from: Moment | None = None
    window_by: Moment | None = None
    strict: bool = Field(
        False, description="Nobody is there after window_by: rather not at all than later. Otherwise late is only late."
    )

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> TimedIn:
        if self.window_from and self.window_by and self.window_by <= self.window_from:
            raise ValueError(f"window_by {self.window_by.isoformat()} is not after window_from")
        if self.strict and self.window_by is None:
            raise ValueError("strict: say with window_by until when somebody is there")
        return self


class DropIn(TimedIn):
    """Where goods go, and when they may arrive."""


class PickupIn(TimedIn):
    """Where goods come from, and when the counter is open."""


class QuoteIn(Body):
    """What is to be carried, from where (default: the merchant's store) to where, and when it is ready."""

    pickup: PickupIn | None = None
    dropoffs: Annotated[tuple[DropIn, ...], Field(min_length=1, max_length=MAX_DROPS)]
    ready_at: Moment | None = None
    weight_g: int = Field(1_000, ge=1, le=300_000)
    volume_ml: int | None = Field(None, ge=1, le=2_000_000)
    size: Literal["s", "m", "l", "xl"] | None = None
    skills: Annotated[tuple[str, ...], Field(max_length=MOST_SKILLS), AfterValidator(_skills)] = Field(
        (), description="Certificates that the rider must hold, or equipment of the bike, by the co-op's own names."
    )
    longest_ride_s: int | None = Field(
        None, ge=60, le=LONGEST_RIDE_S, description="So long at most from the counter to each door: for what gets cold."
    )

    @property
    def volume(self) -> int:
        """Millilitres; a size stands for a usual volume."""
        return self.volume_ml or SIZES_ML[self.size or "s"]


class SimulationIn(Body):
    """How a robot courier rides a test order, and how many times faster than a real one."""

    scenario: Scenario = "delivered"
    speed: float = Field(USUAL_SPEED, ge=1, le=FASTEST)


class OrderIn(QuoteIn):
    """A quote's fields, and what makes it an order."""

    quote_id: UUID | None = None
    external_id: str | None = Field(None, min_length=1, max_length=120)
    note: str = Field("", max_length=500)
    tip_cents: int = Field(0, ge=0, le=100_000)
    metadata: dict[str, str] = Field(default_factory=dict, max_length=50)
    proof: tuple[ProofKind, ...] | None = None
    simulation: SimulationIn | None = Field(None, description="Of test orders only: what a robot courier does.")


class CancelIn(Body):
    """Why an order is cancelled."""

    reason: str = Field(default="", max_length=500)


class WebhookIn(Body):
    """An address to be told of status changes."""

    url: str = Field(min_length=8, max_length=500, pattern=r"^https?://")


class Out(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class Money(Out):
    """A gross sum in minor units, with the tax it contains."""

    amount: int
    tax: int
    currency: str


class PriceLineOut(Out):
    """One part of a price; `zone` names the price zone that made it."""

    code: Literal["base", "distance", "weight", "extra_drops", "zone"]
    amount: int
    quantity: str
    zone: str | None


class QuoteOut(Out):
    """A price and a promise that hold until `expires_at`."""

    id: UUID
    serviceable: bool
    reason: str | None
    fee: Money
    breakdown: list[PriceLineOut]
    distance_m: int
    pickup_eta: datetime | None
    dropoff_eta: datetime | None
    expires_at: datetime
    tariff_version: str
    rider_share_min_percent: int
    test: bool


class TaskOut(Out):
    """One place of an order as it stands."""

    id: UUID
    kind: Literal["pickup", "dropoff"]
    state: str
    address: str
    lonlat: list[float]
    contact_name: str
    contact_phone: str
    note: str
    ready_at: datetime | None
    window_from: datetime | None
    window_by: datetime | None
    strict: bool
    floor: int
    has_lift: bool
    eta: datetime | None
    eta_late: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    fail_reason: str | None
    code: str | None


class SimulationOut(Out):
    """How a test order is ridden."""

    scenario: str
    speed: float


class OrderOut(Out):
    """An order as it stands. `status_seq` rises with each change of `state`."""

    id: UUID
    number: str
    external_id: str | None
    state: OrderState
    attempt: int
    status_seq: int
    test: bool
    price: Money
    breakdown: list[PriceLineOut]
    tariff_version: str
    quote_id: UUID | None
    placed_at: datetime
    ended_at: datetime | None
    promised_pickup_at: datetime | None
    promised_dropoff_at: datetime | None
    pickup: TaskOut
    dropoffs: list[TaskOut]
    weight_g: int
    volume_ml: int
    skills: list[str]
    longest_ride_s: int | None
    note: str
    tip_cents: int
    tracking_url: str
    unserved: dict[str, Any] | None
    return_order_id: UUID | None
    return_of_id: UUID | None
    cancel_reason: str | None
    metadata: dict[str, str]
    simulation: SimulationOut | None


class OrderPage(Out):
    """One page of a list, newest first."""

    data: list[OrderOut]
    next_cursor: str | None
    has_more: bool


class ProofOut(Out):
    """One proof; pictures are fetched from `url`."""

    id: UUID
    task_id: UUID
    kind: str
    text: str | None
    taken_at: datetime
    sha256: str | None
    url: str | None


class ProofList(Out):
    """All proofs of an order."""

    data: list[ProofOut]


class SlotOut(Out):
    """One hour of the area around the merchant's store. `left`: orders that it still takes; null: not limited."""

    begins_at: datetime
    ends_at: datetime
    left: int | None


class SlotList(Out):
    """The coming hours, soonest first."""

    data: list[SlotOut]


class WebhookOut(Out):
    """A webhook endpoint. `secret` is shown when it is made, and never again."""

    id: UUID
    url: str
    created_at: datetime
    disabled_at: datetime | None
    disabled_reason: str | None
    old_secret_until: datetime | None
    secret: str | None = None


class WebhookList(Out):
    """All endpoints of the merchant."""

    data: list[WebhookOut]


class AttemptOut(Out):
    """One attempt to deliver a message: the answer's status, or why there was none."""

    at: datetime
    status: int | None
    error: str | None
    took_ms: int


class MessageOut(Out):
    """One message to a webhook endpoint; `id` is its `webhook-id`."""

    id: UUID
    type: str
    state: Literal["waiting", "delivered", "given_up"]
    created_at: datetime
    next_attempt_at: datetime | None
    attempts: list[AttemptOut]


class MessagePage(Out):
    """One page of a delivery log, newest first."""

    data: list[MessageOut]
    next_cursor: str | None
    has_more: bool


class WebhookEvent(Out):
    """What a webhook endpoint receives: the order as it was when its state changed."""

    type: str
    timestamp: datetime = Field(description="When Paceline learned of it, however late this message is.")
    data: OrderOut


class Problem(BaseModel):
    """RFC 9457 problem: `code` is stable, `errors` name wrong fields by JSON pointer."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, str]] | None = None
