"""docker-compose.yml says the same as the code: processes, commands, queues, roles, settings."""
import re
import shlex
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
import yaml

from dispatch.core import settings
from dispatch.stack.postgres_setup import DATABASE, EXTENSIONS, ROLES
from dispatch.stack.processes import PROCESSES, Process
from tests.architecture.source import ROOT
from worker.routes import BEAT, QUEUES, ROUTES

COMPOSE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(\w+)(?::?[-?][^}]*)?\}")
WITH_DEFAULT = re.compile(r"\$\{\w+:-([^{}]*)\}")


@cache
def compose() -> dict[str, Any]:
    """The file as Compose reads it."""
    read: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return read


def test_its_form_follows_the_current_compose_schema() -> None:
    """check-jsonschema brings the schema of the Compose specification."""
    done = subprocess.run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec",
                           str(COMPOSE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_service_runs_the_same_command_as_make_run(process: Process) -> None:
    """What is rehearsed is what is deployed."""
    assert shlex.split(compose()["services"][process.name]["command"]) == process.arguments()


def test_every_queue_has_a_process_that_serves_it() -> None:
    """A queue without a worker fills up silently."""
    served = [queue for process in PROCESSES for queue in process.queues]
    assert sorted(served) == sorted(QUEUES)


def test_every_task_is_sent_to_a_queue_that_exists() -> None:
    """Events and the beat table name queues by text."""
    named = {queue for tasks in ROUTES.values() for _, queue in tasks}
    named |= {entry["options"]["queue"] for entry in BEAT.values()}  # type: ignore[index]
    assert named <= set(QUEUES)


def test_only_the_planner_plans() -> None:
    """A solve holds the interpreter for seconds; nothing else may wait behind it."""
    assert [process.name for process in PROCESSES if "planning" in process.queues] == ["planner"]
    assert [process.queues for process in PROCESSES if process.name == "planner"] == [("planning",)]


@pytest.mark.parametrize(("role", "attributes"), ROLES.items())
def test_the_database_has_the_same_roles_as_make_run(role: str, attributes: str) -> None:
    """Row-level security is only as good as the attributes of the role that serves requests."""
    assert f"CREATE ROLE {role} {attributes} PASSWORD" in compose()["configs"]["roles"]["content"]


def test_the_database_has_the_same_extensions_as_make_run() -> None:
    """PostGIS can only be created by a superuser, hence not by a migration."""
    script = compose()["configs"]["roles"]["content"]
    assert all(f"CREATE EXTENSION {extension};" in script for extension in EXTENSIONS)
    assert f"CREATE DATABASE {DATABASE} OWNER paceline;" in script


def test_the_environment_is_one_that_paceline_accepts() -> None:
    """Settings are checked at start; a wrong name here would only show on the server."""
    given = {key: VARIABLE.sub("0123456789abcdef", WITH_DEFAULT.sub(r"\1", str(value)))
             for key, value in compose()["services"]["web"]["environment"].items()}
    read = settings.load(given)
    assert read.is_https
    assert read.database_url != read.relay_database_url


def test_only_the_migration_knows_the_owners_password() -> None:
    """A process that serves requests must not be able to sign in as the owner of the tables."""
    knowing = {name for name, service in compose()["services"].items()
               if "OWNER_PASSWORD" in str(service.get("environment", {}))}
    assert knowing == {"migrate", "postgres"}


def test_only_the_proxy_is_reachable_from_outside() -> None:
    """The database, Redis and the bare web server have no port on the host."""
    assert [name for name, service in compose()["services"].items() if "ports" in service] == ["caddy"]


def test_every_config_and_volume_that_is_used_is_declared() -> None:
    """The schema checks the form of each part, not that they refer to each other."""
    services = compose()["services"].values()
    assert {use["source"] for service in services for use in service.get("configs", [])} == set(compose()["configs"])
    mounts = {use.split(":")[0] for service in services for use in service.get("volumes", [])}
    assert mounts == set(compose()["volumes"])
    assert {use for service in services for use in service.get("networks", [])} == set(compose()["networks"])
    assert {use for service in services for use in service.get("depends_on", {})} <= set(compose()["services"])


def test_every_service_comes_back_after_a_crash() -> None:
    """Except the migration, which runs once."""
    staying = {name for name, service in compose()["services"].items() if service.get("restart") != "unless-stopped"}
    assert staying == {"migrate"}
