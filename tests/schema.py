"""Bring a test database to the newest migration, through the same migrations as production."""
import hashlib
from pathlib import Path

from alembic import command
from alembic.config import Config

MIGRATIONS = Path("dispatch/migrations")


def migrate(url: str) -> None:
    """Upgrade the database at this address (as its owner) to the head of the migrations."""
    root = Path(__file__).resolve().parent.parent
    config = Config()
    config.set_main_option("script_location", str(root / MIGRATIONS))
    config.attributes["url"] = url
    if (root / MIGRATIONS / "env.py").exists():
        command.upgrade(config, "head")


def migrations_digest(root: Path) -> str:
    """A name for the state of the migrations, so that a stale template is never reused."""
    digest = hashlib.sha256()
    for path in sorted((root / MIGRATIONS).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
