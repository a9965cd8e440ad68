"""The OpenAPI 3.1 document, and the same for people, from the table of operations. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from . import bodies
from .operations import OPERATIONS, REFUSALS, Operation

REF = "#/components/schemas/{model}"


def document(public_url: str) -> dict[str, Any]:
    """The whole document; `public_url` is where this installation is reached."""
    models: set[type[BaseModel]] = {bodies.Problem, bodies.WebhookEvent}
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
        "webhooks": {"orderStatusChanged": {"post": _status_webhook()}},
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


def _status_webhook() -> dict[str, Any]:
    """What a merchant's server receives."""
    return {
        "operationId": "order_status_changed",
        "summary": "An order's state has changed: `type` is `order.<state>`",
        "description": "Standard Webhooks 1.0: verify `webhook-signature` over `webhook-id`, `webhook-timestamp` and "
        "the exact bytes of the body, and drop a `webhook-id` that you know. States may come out of order: the larger "
        "`status_seq` is the newer one.",
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
            for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REF.format(model="WebhookEvent")}}},
        },
        "responses": {
            "2XX": {"description": "Taken; anything else is tried again for three days"},
            "410": {"description": "Send nothing more to this address"},
        },
    }


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
    if operation.takes_if_match:
        found.append(
            {
                "name": "If-Match",
                "in": "header",
                "description": "The ETag you know: 412 if the order has changed since",
                "schema": {"type": "string"},
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
