"""Co-ops and people for tests; a test names only what matters to it."""
from uuid import UUID

from dispatch.coop import services
from dispatch.coop.models import Coop, Member

PASSWORD = "correct horse battery"


def make_coop(slug: str = "wheels", *, timezone: str = "Europe/Berlin", currency: str = "EUR") -> Coop:
    """A co-op; the session is confined to it."""
    return services.found_coop(name=slug.title(), slug=slug, timezone=timezone, currency=currency)


def make_member(coop_id: UUID, name: str = "Mina", *, roles: tuple[str, ...] = ("member",)) -> Member:
    """A person who can sign in with PASSWORD."""
    email = f"{name.lower()}.{coop_id.hex[:6]}@example.org"
    return services.add_member(coop_id, email=email, name=name, roles=roles, password=PASSWORD)
