"""Two riders in a town whose orders are offered, and what they decide."""
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import update

from dispatch.coop.services import set_plan_mode
from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.orders import queries
from dispatch.planning.models import WorkOffer
from dispatch.planning.offers import offering, services
from dispatch.planning.offers.queries import OfferView, list_open_in_zone
from dispatch.planning.services import Effort, plan_zone
from riders.models import Rider
from riders.queries import get_rider
from tests.factories.town import Town, at, make_order, make_rider, make_run


class Crew:
    """Near and Far at work in a town whose orders are offered."""

    def __init__(self, town: Town, effort: Effort, mode: str = "offer") -> None:
        self.town, self.effort = town, effort
        with transaction():
            set_plan_mode(town.coop_id, mode)
            self.near, self.far = make_rider(town.coop_id, "Near"), make_rider(town.coop_id, "Far")
            self.near_run, self.far_run = make_run(town, self.near), make_run(town, self.far, place=at(4000, 0))
            self.order_id = make_order(town).id

    def plan(self) -> None:
        """One call of the planner."""
        plan_zone(self.town.coop_id, self.town.zone_id, self.effort)
        use_coop(self.town.coop_id)

    def offers(self) -> list[OfferView]:
        """What waits."""
        db.session.rollback()
        return list_open_in_zone(self.town.coop_id, self.town.zone_id)

    def decide(self, rider: Rider, verb: str, subject_id: UUID, **more: object) -> dict:
        """A rider's tap."""
        choice = services.Choice(
            verb=verb, subject_id=subject_id, client_uuid=more.pop("client_uuid", None) or uuid4(), **more
        )
        with transaction():
            return services.decide(self.town.coop_id, get_rider(self.town.coop_id, rider.id), choice)

    def order(self):
        """The order as it is now."""
        db.session.rollback()
        return queries.get_order(self.town.coop_id, self.order_id)

    def let_time_pass(self) -> None:
        """Every offer's time is over."""
        with transaction():
            db.session.execute(update(WorkOffer).values(expires_at=clock.now() - timedelta(seconds=1)))
            offering.end_due(self.town.coop_id)
