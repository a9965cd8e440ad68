"""The sweeps as the worker runs them: by their names, each in an application context of its own."""
import os
import subprocess
import sys
from uuid import uuid4

from dispatch.core.db import transaction
from riders import queries, services
from tests.town import Cooperative
from worker.routes import BEAT

SWEEPS = """
from worker.main import app
from worker.routes import BEAT
app.loader.import_default_modules()
for _ in range(2):
    for line in BEAT.values():
        app.tasks[line["task"]]()
        print(line["task"])
"""


def test_every_sweep_runs_twice_while_somebody_is_at_work(coop: Cooperative) -> None:
    """What only the clock calls is called by nobody who would see it fail."""
    coop.add_person("Rosa", "member", profile="bike")
    with coop.session():
        (rider,) = queries.list_riders(coop.id)
        with transaction():
            services.sign_on(coop.id, rider.id, services.SignOn(client_uuid=uuid4(), lonlat=coop.places[0][1]))
    environment = {**os.environ, **coop.town.environment}
    ran = subprocess.run([sys.executable, "-c", SWEEPS], env=environment, capture_output=True, text=True, timeout=150)
    assert ran.returncode == 0, ran.stderr[-2000:]
    ended = [line for line in ran.stdout.splitlines() if line.startswith("periodic.")]
    assert ended == 2 * [str(line["task"]) for line in BEAT.values()]
