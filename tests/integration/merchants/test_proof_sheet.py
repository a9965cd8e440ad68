"""What merchants ask to have proven, and the sheet of paper that shows it."""
import io
import uuid
from datetime import timedelta

from PIL import Image
from sqlalchemy import select

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.orders import proofs, queries
from dispatch.orders.models import Task
from dispatch.orders.proofs import NewProof
from merchants import proof_sheet, services
from tests.town import Cooperative, csrf


def tasks_of(coop: Cooperative, order_id: str) -> dict[str, Task]:
    """An order's tasks by kind."""
    return {task.kind: task for task in db.session.scalars(select(Task).where(Task.order_id == uuid.UUID(order_id)))}


def signature() -> bytes:
    """Something drawn."""
    out = io.BytesIO()
    Image.new("L", (30, 10), 255).save(out, "PNG")
    return out.getvalue()


def test_a_merchant_chooses_what_is_asked_at_the_door_and_at_the_shop(coop: Cooperative) -> None:
    """Weight belongs to the pickup, the rest to whoever takes the parcel; an order may ask for something else."""
    coop.add_person("Mila", "merchant")
    client = coop.signed_in(coop.people["Mila"])
    form = {"csrf_token": csrf(client), "proof": ["signature", "age", "weight"]}
    assert client.post("/portal/proof", data=form).status_code == 302
    assert 'value="age" checked' in client.get("/portal/connect").get_data(as_text=True)
    usual, other = coop.place_order(1), coop.place_order(2, proof=["photo"])
    with coop.session():
        first, second = tasks_of(coop, usual["id"]), tasks_of(coop, other["id"])
        assert (first["pickup"].required_proof, first["dropoff"].required_proof) == (["weight"], ["signature", "age"])
        assert (second["pickup"].required_proof, second["dropoff"].required_proof) == ([], ["photo"])


def test_the_proof_sheet_shows_each_door_with_its_proofs(coop: Cooperative) -> None:
    """What the merchant files: names, times, how long the rider waited, the picture and its hash."""
    order = coop.place_order(3)
    with coop.session():
        with transaction():
            task = tasks_of(coop, order["id"])["dropoff"]
            at = clock.now() - timedelta(minutes=5)
            task.arrived_at, task.ended_at = at - timedelta(minutes=12), at
            for kind, more in (("name", {"text": "Zoë Ngo"}),
                               ("signature", {"content": signature(), "content_type": "image/png"})):
                new = NewProof(client_uuid=uuid.uuid4(), kind=kind, taken_at=at, **more)
                proofs.keep(coop.id, task.id, new)
        with coop.town.app.test_request_context("/portal"):
            shown = proof_sheet.as_html(get_coop(coop.id), queries.get_order(coop.id, uuid.UUID(order["id"])))
    assert "Zoë Ngo" in shown and order["number"] in shown and "SHA-256" in shown and "12 min" in shown
    assert shown.count("data:image/png;base64,") == 1
    sheet = coop.api("GET", f"/orders/{order['id']}/proof.pdf")
    assert (sheet.status_code, sheet.content_type, sheet.data[:5]) == (200, "application/pdf", b"%PDF-")


def test_nobody_elses_proof_sheet_opens(coop: Cooperative) -> None:
    """Another shop of the same co-op gets the same answer as for an order that is not there."""
    order = coop.place_order(3)
    with coop.session(), transaction():
        other = services.add_merchant(coop.id, name="Rival", address="x", lonlat=coop.places[5][1])
        key = services.issue_key(coop.id, other.id, name="till")
    own = {"Authorization": f"Bearer {key}"}
    assert coop.client().get(f"/api/v1/orders/{order['id']}/proof.pdf", headers=own).status_code == 404
