"""The record: it can be added to and read, and nobody changes it."""

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from tests import make
from webapp.core import db
from webapp.models import AuditEntry
from webapp.policy import audit

CHANGES = (
    "UPDATE audit_entries SET reason = 'never happened'",
    "DELETE FROM audit_entries",
    "TRUNCATE audit_entries",
    "UPDATE option_changes SET name = 'other'",
    "DELETE FROM option_changes",
)


def refusal(connection, statement: str) -> str:
    """Return PostgreSQL's words when it refuses a statement."""
    with pytest.raises(DBAPIError) as refused, connection.begin_nested():
        connection.execute(text(statement))
    return str(refused.value.orig)


def test_what_is_done_is_written_down_with_its_request(app):
    ana, ben = make.user("ana", role="moderator"), make.user("ben")
    with make.unit():
        audit.write(ana.viewer, "warn", "user", ben.id, user_id=ben.id, reason="Rude.", before="active")
    with make.unit():
        row = db.row(select(AuditEntry.__table__))
    assert (row.actor_id, row.action, row.target_id, row.user_id) == (ana.id, "warn", str(ben.id), ben.id)
    assert (row.reason, row.facts) == ("Rude.", {"before": "active"})


def test_a_record_is_gone_when_what_it_tells_is_rolled_back(app):
    with db.unit(make=make.factory[0]):  # nobody commits it
        audit.write(None, "unsuspend", "user", "1")
    with make.unit():
        assert db.row(select(AuditEntry.__table__)) is None


@pytest.mark.parametrize("statement", CHANGES)
def test_the_application_can_neither_change_nor_delete_the_record(app, statement):
    with make.unit():
        audit.write(None, "unsuspend", "user", "1")
        assert "permission denied" in refusal(db.session().connection(), statement)


@pytest.mark.parametrize("statement", CHANGES)
def test_nor_does_the_role_that_owns_the_tables(app, statement):
    owner = create_engine(app.config["SETTINGS"].migration_database_url)
    with owner.connect() as connection:
        assert "rows of" in refusal(connection, statement)
    owner.dispose()


def test_the_application_makes_no_tables(app):
    with make.unit():
        assert "permission denied" in refusal(db.session().connection(), "CREATE TABLE mine (id int)")
        assert "must be owner" in refusal(db.session().connection(), "DROP TABLE posts")
