"""Two co-ops in one installation, each with something of every kind, to see that they never see each other."""
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from dispatch.coop.models import Coop, Member
from dispatch.core.db import db, tenant, transaction
from dispatch.geo.hazard_services import HazardPicture, HazardReport, add_photo, report_hazard
from dispatch.governance import services as governance
from merchants import services as merchants
from riders import pay_rules
from riders import queries as riders
from tests.factories.coops import make_coop, make_member
from tests.factories.day import Day
from tests.factories.town import CENTRE, PAST, make_merchant, make_order, make_rider, make_run, make_town

EVERY_ROLE = ("member", "coordinator", "merchant", "treasurer", "admin")


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """One co-op: who may do everything in it, and a key of its merchant."""

    coop_id: UUID
    member: Member
    api_key: str


def make_neighbour(slug: str, word: str) -> Neighbour:
    """A co-op whose every name contains `word`, with orders, a run, a delivery, a key and a webhook."""
    with transaction():
        coop = make_coop(slug)
        town = make_town(coop.id, coop.key)
        governance.adopt(coop.id, "pay", pay_rules.DEFAULT, active_from=PAST)
        boss = make_member(coop.id, f"{word}-Boss", roles=EVERY_ROLE)
        merchant = make_merchant(coop.id, f"{word} Bakery")
        merchants.add_contact(coop.id, merchant.id, boss.id)
        key = merchants.issue_key(coop.id, merchant.id, name=f"{word} till")
        merchants.add_webhook(coop.id, merchant.id, f"https://{word.lower()}.example.org/hook")
        db.session.get_one(Coop, coop.id).city_id = town.city_id
        dog = f"{word} dog"
        hazard = HazardReport(id=uuid4(), city_id=town.city_id, kind="danger", at=CENTRE, note=dog, is_private=True)
        report_hazard(coop.id, boss.id, hazard)
        picture = f"{word} picture".encode()
        add_photo(coop.id, hazard.id, HazardPicture(member_id=boss.id, content=picture, content_type="image/jpeg"))
        rider = make_rider(coop.id, f"{word}-Rider")
        run = make_run(town, rider)
        make_order(town)
    with tenant(coop.id):
        day = Day(town=town, rider=riders.get_rider(coop.id, rider.id), run=run)
        pickup, dropoff = day.order()
        for task, verb in ((pickup, "arrive"), (pickup, "complete"), (dropoff, "arrive"), (dropoff, "complete")):
            day.act(task, verb)
    return Neighbour(coop_id=coop.id, member=boss, api_key=key)


def ids_of(connection: psycopg.Connection, coop_id: UUID) -> dict[str, list[str]]:
    """The ids of all rows of a co-op, by table."""
    found = {}
    for table in _tables(connection):
        rows = connection.execute(sql.SQL("SELECT id FROM {} WHERE coop_id = %s").format(sql.Identifier(table)),
                                  [coop_id]).fetchall()
        found[table] = [str(row[0]) for row in rows]
    return found


def rows_of(connection: psycopg.Connection, coop_id: UUID) -> dict[str, str]:
    """A fingerprint of each table's rows of a co-op: what must not change when a neighbour asks."""
    query = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t WHERE coop_id = %s"
    return {table: str(connection.execute(sql.SQL(query).format(sql.Identifier(table)), [coop_id]).fetchone())
            for table in _tables(connection)}


def _tables(connection: psycopg.Connection) -> list[str]:
    return [row[0] for row in connection.execute(
        "SELECT a.table_name FROM information_schema.columns a JOIN information_schema.columns b"
        " ON a.table_name = b.table_name WHERE a.column_name = 'coop_id' AND b.column_name = 'id'"
        " AND a.table_schema = 'public' ORDER BY 1")]
