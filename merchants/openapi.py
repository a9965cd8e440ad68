"""The OpenAPI 3.1 document: one table of operations over the models in `bodies`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from . import bodies

REF = "#/components/schemas/{model}"


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
    "422": "Some value is not acceptable; `errors` names it",
    "429": "Too many requests; see Retry-After",
}


def document(public_url: str) -> dict[str, Any]:
    """The whole document; `public_url` is where this installation is reached."""
    models: set[type[BaseModel]] = {bodies.Problem}
    for operation in OPERATIONS:
        models.update(model for model in (operation.body, *(answer[2] for answer in operation.answers)) if model)
    _, schema = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda m: m.__name__)],
        ref_template=REF,
    )
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Paceline for merchants",
            "version": "1",
            "description": "Ask for a quote, place an order, follow it, cancel it. Money is in minor units, times are "
            "RFC 3339, places are [longitude, latitude]. Status changes arrive by Standard Webhooks.",
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": f"{public_url}/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schema["$defs"],
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "`live_...` or `test_...`, from the portal"}
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": {
            **{str(status): _answer(operation, text, model) for status, text, model in operation.answers},
            **{status: _refusal(text) for status, text in REFUSALS.items()},
        },
    }
    if operation.body is not None:
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REF.format(model=operation.body.__name__)}}},
        }
    return made


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        for part in operation.path.split("/")
        if part.startswith("{")
    ]
    found += [
        {"name": name, "in": "query", "description": text, "schema": schema} for name, text, schema in operation.query
    ]
    if operation.is_idempotent:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": operation.id == "create_order",
                "description": "A UUID of your own; the same key and body give the same answer for 24 hours",
                "schema": {"type": "string", "maxLength": 255},
            }
        )
    return found


def _answer(operation: Operation, text: str, model: type[BaseModel] | None) -> dict[str, Any]:
    if model is not None:
        return {
            "description": text,
            "content": {"application/json": {"schema": {"$ref": REF.format(model=model.__name__)}}},
        }
    if operation.media_type != "application/json":
        return {"description": text, "content": {operation.media_type: {}}}
    return {"description": text}


def _refusal(text: str) -> dict[str, Any]:
    return {
        "description": text,
        "content": {"application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a body, in words."""

    name: str
    kind: str
    is_required: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableModel:
    """One model for people: its sentence and fields."""

    name: str
    text: str
    fields: tuple[Field, ...]


def readable(public_url: str) -> dict[str, Any]:
    """The document arranged for a page: operations with their parameters, and models with their fields."""
    made = document(public_url)
    models = [
        ReadableModel(
            name=name,
            text=schema.get("description", ""),
            fields=tuple(
                Field(
                    name=field,
                    kind=_kind(facts),
                    is_required=field in schema.get("required", ()),
                    text=facts.get("description", ""),
                )
                for field, facts in schema.get("properties", {}).items()
            ),
        )
        for name, schema in made["components"]["schemas"].items()
    ]
    return {"document": made, "operations": OPERATIONS, "models": models, "refusals": REFUSALS}


def _kind(facts: dict[str, Any]) -> str:
    if "$ref" in facts:
        return str(facts["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in facts:
        return " | ".join(_kind(each) for each in facts["anyOf"])
    if "enum" in facts:
        return " | ".join(str(value) for value in facts["enum"])
    if facts.get("type") == "array":
        return f"[{_kind(facts['items'])}]" if "items" in facts else "[number, number]"
    return str(facts.get("format") or facts.get("type") or "any")
