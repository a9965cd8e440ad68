"""What `/api/v1` can do, as one table of operations over the models in `bodies`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from . import bodies


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One endpoint: what it takes and gives."""

    method: str
    path: str
    id: str
    summary: str
    body: type[BaseModel] | None = None
    answers: tuple[tuple[int, str, type[BaseModel] | None], ...] = ()
    query: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    is_idempotent: bool = False
    takes_if_match: bool = False
    media_type: str = "application/json"


TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "number"}
PAGE = (
    ("limit", "Rows per page, 1 to 200", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
    ("cursor", "`next_cursor` of the page before", TEXT),
)
OPERATIONS = (
    Operation(
        method="post",
        path="/quotes",
        id="create_quote",
        summary="Price and promise for a delivery, valid 15 minutes",
        body=bodies.QuoteIn,
        answers=((201, "The quote", bodies.QuoteOut),),
        is_idempotent=True,
    ),
    Operation(
        method="post",
        path="/orders",
        id="create_order",
        summary="Place an order",
        body=bodies.OrderIn,
        answers=(
            (201, "The new order", bodies.OrderOut),
            (200, "The order that exists under this external_id", bodies.OrderOut),
        ),
        is_idempotent=True,
    ),
    Operation(
        method="get",
        path="/orders",
        id="list_orders",
        summary="Orders, newest first",
        answers=((200, "One page", bodies.OrderPage),),
        query=(
            *PAGE,
            ("state", "Only these states, separated by commas", TEXT),
            ("external_id", "Only the order with your own id", TEXT),
        ),
    ),
    Operation(
        method="get",
        path="/slots",
        id="list_slots",
        summary="The coming hours, and how many orders each still takes: as many as its riders can carry",
        answers=((200, "The hours, soonest first", bodies.SlotList),),
        query=(
            ("hours", "How far to look, 1 to 168", {"type": "integer", "minimum": 1, "maximum": 168, "default": 24}),
        ),
    ),
    Operation(
        method="get",
        path="/orders/{order_id}",
        id="get_order",
        summary="One order as it stands",
        answers=((200, "The order", bodies.OrderOut), (304, "Unchanged since your ETag", None)),
    ),
    Operation(
        method="post",
        path="/orders/{order_id}/cancel",
        id="cancel_order",
        summary="Cancel an order that is not picked up yet",
        body=bodies.CancelIn,
        answers=((200, "The cancelled order", bodies.OrderOut),),
        is_idempotent=True,
        takes_if_match=True,
    ),
    Operation(
        method="get",
        path="/orders/{order_id}/proof",
        id="list_proof",
        summary="What proves the delivery",
        answers=((200, "The proofs", bodies.ProofList),),
    ),
    Operation(
        method="get",
        path="/orders/{order_id}/proof.pdf",
        id="get_proof_sheet",
        summary="The proof sheet for your files",
        answers=((200, "The sheet", None),),
        media_type="application/pdf",
    ),
    Operation(
        method="get",
        path="/orders/{order_id}/proof/{proof_id}",
        id="get_proof",
        summary="A photo or signature",
        answers=((200, "The picture", None),),
        media_type="image/jpeg",
    ),
    Operation(
        method="get",
        path="/webhooks",
        id="list_webhooks",
        summary="Webhook endpoints",
        answers=((200, "The endpoints", bodies.WebhookList),),
    ),
    Operation(
        method="post",
        path="/webhooks",
        id="create_webhook",
        summary="Add a webhook endpoint; its secret is shown once",
        body=bodies.WebhookIn,
        answers=((201, "The endpoint with its secret", bodies.WebhookOut),),
    ),
    Operation(
        method="delete",
        path="/webhooks/{endpoint_id}",
        id="delete_webhook",
        summary="Remove a webhook endpoint",
        answers=((204, "Removed", None),),
    ),
    Operation(
        method="post",
        path="/webhooks/{endpoint_id}/rotate",
        id="rotate_secret",
        summary="Make a new secret; for 24 hours messages are signed with the old one too",
        answers=((200, "The endpoint with its new secret", bodies.WebhookOut),),
    ),
    Operation(
        method="get",
        path="/webhooks/{endpoint_id}/messages",
        id="list_messages",
        summary="What was sent to an endpoint, newest first, with every attempt",
        answers=((200, "One page", bodies.MessagePage),),
        query=PAGE,
    ),
    Operation(
        method="post",
        path="/webhooks/messages/{message_id}/replay",
        id="replay_message",
        summary="Send a message once more, under the same webhook-id",
        answers=((202, "It is on its way", None),),
    ),
    Operation(
        method="get",
        path="/geocode",
        id="find_address",
        summary="Places that a text may mean (GeoJSON)",
        answers=((200, "A FeatureCollection", None),),
        query=(("q", "What to look for", TEXT), ("limit", "Answers, 1 to 20", {"type": "integer", "default": 5})),
    ),
    Operation(
        method="get",
        path="/reverse",
        id="find_at",
        summary="What is at a point (GeoJSON)",
        answers=((200, "A Feature", None),),
        query=(("lon", "Longitude in degrees", NUMBER), ("lat", "Latitude in degrees", NUMBER)),
    ),
)
REFUSALS = {
    "400": "The request cannot be read",
    "401": "The key is missing, unknown, expired or revoked",
    "404": "No such thing of yours",
    "409": "Its state does not allow this",
    "412": "It changed since you read it (If-Match)",
    "413": "The body is larger than 1 MB",
    "415": "The body is not application/json",
    "422": "Some value is not acceptable; `errors` names it",
    "429": "Too many requests; see RateLimit and Retry-After",
    "503": "We cannot just now; see Retry-After and send it again",
}
