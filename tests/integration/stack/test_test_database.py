"""The tests' own database: migrated, guarded as in production, empty for each test."""
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from dispatch.core import migrate
from dispatch.core.db import transaction
from tests.conftest import TestStack
from tests.factories.coops import make_coop


def test_the_database_is_at_the_newest_migration(stack: TestStack) -> None:
    """Tests run on what production runs on, not on create_all()."""
    assert migrate.current(stack.postgres.url("paceline", stack.database)) == migrate.head()


@pytest.mark.parametrize("turn", (1, 2))
def test_what_a_test_commits_is_gone_afterwards(turn: int, db_session: Session) -> None:
    """A slug is unique, so the second turn would meet the co-op of the first."""
    with transaction():
        make_coop("left-over")
    assert db_session.scalar(text("SELECT count(*) FROM coop")) == 1


def test_the_session_acts_as_the_confined_role(db_session: Session) -> None:
    """A service test that ran as the owner would never notice a missing policy or right."""
    assert db_session.scalar(text("SELECT current_user")) == "paceline_app"
    with pytest.raises(ProgrammingError, match="permission denied"):
        db_session.execute(text("DELETE FROM alembic_version"))
