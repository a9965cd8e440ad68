"""What must fit together: events and their tasks, tables and their co-op, models and migrations, imports."""
import ast
import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine, text

import tests.factories.database  # noqa: F401 - knows all tables
from dispatch.core import events, migrate
from dispatch.core.db import Base, CoopOwned
from tests.architecture.source import ROOT, name, python_files, tree
from tests.conftest import TestStack
from worker.routes import BEAT, ROUTES, TASK_MODULES

SHARED_TABLES = {
    "coop",             # the tenants themselves
    "login",            # finds the co-op of an e-mail address, before there is one
    "city", "city_version", "geo_street", "geo_address", "geo_place", "geo_name",   # a city belongs to nobody
}
"""Tables without coop_id, each for a reason."""

WITHOUT_COOP = {
    "dispatch/geo/queries.py find_city",
    "dispatch/geo/queries.py find_current_version_id",
    "dispatch/geo/queries.py get_city",
    "dispatch/geo/queries.py get_version",
    "dispatch/geo/queries.py list_cities",
    "dispatch/geo/queries.py list_versions",
    "dispatch/coop/queries.py find_coop_by_key",
    "dispatch/coop/queries.py find_coop_by_slug",
    "dispatch/coop/queries.py find_login",
    "dispatch/coop/queries.py list_coops",
    "dispatch/coop/services.py found_coop",
    "dispatch/coop/services.py sign_in",
    "merchants/queries.py authenticate",
}
"""What works on cities, or before it is known for which co-op."""


def event_names() -> set[str]:
    """Every event of the closed list."""
    return {found.__name__ for found in vars(events).values()
            if isinstance(found, type) and issubclass(found, events.Event) and found is not events.Event}


def test_every_event_has_its_line_in_the_routes() -> None:
    """An event that nobody routes is a change that nobody hears of."""
    assert event_names() == set(ROUTES)


def test_events_carry_ids_and_plain_values_only() -> None:
    """A payload is JSON in the outbox; names and addresses of people do not belong there."""
    plain = {"UUID", "UUID | None", "str", "int", "bool", "int | None", "str | None"}
    odd = {f"{event}.{field.name}: {field.type}" for event in event_names()
           for field in dataclasses.fields(getattr(events, event)) if str(field.type) not in plain}
    assert odd == set()


def test_every_routed_task_exists() -> None:
    """Routes and the beat table name tasks by text, as Celery does."""
    modules = [tree(ROOT / Path(*module.split(".")).with_suffix(".py")) for module in TASK_MODULES]
    defined = {_text(keyword.value, module) for module in modules for node in ast.walk(module)
               if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".task")
               for keyword in node.keywords if keyword.arg == "name"}
    named = {task for tasks in ROUTES.values() for task, _ in tasks} | {str(entry["task"]) for entry in BEAT.values()}
    assert named <= defined


def _text(value: ast.expr, module: ast.Module) -> str:
    """A text that is written out, or the one that a constant of the module holds."""
    if isinstance(value, ast.Name):
        value = next(node.value for node in module.body
                     if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == value.id)
    return str(ast.literal_eval(value))


def test_every_table_belongs_to_a_coop() -> None:
    """Tenancy is a column of every key, not a filter that a query may forget."""
    unowned = {mapper.class_.__tablename__ for mapper in Base.registry.mappers
               if not issubclass(mapper.class_, CoopOwned)}
    assert unowned <= SHARED_TABLES


def test_every_table_of_a_coop_is_guarded_by_row_level_security(stack: TestStack) -> None:
    """The second wall, forced even upon the owner of the table."""
    with stack.superuser() as connection:
        guarded = {row[0] for row in connection.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")}
        with_coop = {row[0] for row in connection.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'coop_id'")}
    assert with_coop - guarded - SHARED_TABLES == set()


def test_foreign_keys_never_cross_coops(stack: TestStack) -> None:
    """A key from one co-op's row to another's could only be a mistake, so the database refuses it."""
    with stack.superuser() as connection:
        crossing = connection.execute("""
            SELECT con.conrelid::regclass::text, con.conname FROM pg_constraint con
            WHERE con.contype = 'f'
              AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = con.conrelid AND attname = 'coop_id')
              AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = con.confrelid AND attname = 'coop_id')
              AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = con.conrelid AND attname = 'coop_id'
                              AND attnum = ANY (con.conkey))""").fetchall()
    assert crossing == []


def test_there_is_one_newest_migration() -> None:
    """Two heads stop the next upgrade, on somebody's server."""
    assert len(ScriptDirectory.from_config(migrate.config("")).get_heads()) == 1


def test_the_models_match_the_migrations(stack: TestStack) -> None:
    """A column that only the model knows fails on its first use in production."""
    engine = create_engine(stack.postgres.url("paceline", stack.database))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={
            "include_object": alembic_helpers.include_object, "compare_type": True})
        differences = compare_metadata(context, Base.metadata)
        connection.execute(text("ROLLBACK"))
    engine.dispose()
    assert differences == []


def test_relationships_never_cross_packages() -> None:
    """Across packages there are ids; an object graph would tie the packages into one."""
    found = [f"{name(path)}" for path in python_files() if path.name == "models.py"
             for node in ast.walk(tree(path))
             if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("relationship")]
    assert found == []


@pytest.mark.parametrize("path", [path for path in python_files("dispatch", "riders", "merchants")
                                  if path.name in ("services.py", "queries.py")], ids=name)
def test_whatever_touches_the_database_takes_the_coop_first(path: Path) -> None:
    """Tenancy stands in every signature, where a reader sees it."""
    tenantless = {f"{name(path)} {node.name}" for node in tree(path).body
                  if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
                  and "db.session" in ast.unparse(node)
                  and [arg.arg for arg in node.args.args][:1] != ["coop_id"]}
    assert tenantless - WITHOUT_COOP == set()


def test_the_import_contracts_hold() -> None:
    """The layers of the architecture, checked over the whole import graph."""
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(program), "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
