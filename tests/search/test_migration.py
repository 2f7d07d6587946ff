"""A site that is older than its search: the migration sends for the jobs that enter what is there."""

from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade

FOLDER = str(Path(__file__).parents[2] / "migrations")


@pytest.fixture
def older(app, stack):
    """A database as it was before the search."""
    owner = stack.env["MIGRATION_DATABASE_URL"]
    with psycopg.connect(owner.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute("CREATE DATABASE older")
    config = Config()
    config.set_main_option("script_location", FOLDER)
    steps = ScriptDirectory.from_config(config).walk_revisions()
    step = next(step for step in steps if step.path.endswith("_search.py"))
    usual, address = app.config["SETTINGS"], owner.replace("/tintype?", "/older?", 1)
    app.config["SETTINGS"] = usual.model_copy(update={"migration_database_url": address})
    try:
        with app.app_context():
            upgrade(directory=FOLDER, revision=step.down_revision)
            yield address.replace("+psycopg", "", 1), step
    finally:
        app.config["SETTINGS"] = usual


def waiting(address):
    with psycopg.connect(address) as connection:
        rows = connection.execute("SELECT job, arguments, status, attempts FROM outbox ORDER BY job").fetchall()
    return rows


def test_what_is_there_is_sent_for_and_an_empty_site_is_left_in_peace(older):
    address, step = older
    upgrade(directory=FOLDER, revision=step.revision)
    assert waiting(address) == []
    downgrade(directory=FOLDER, revision=step.down_revision)
    with psycopg.connect(address) as connection:
        connection.execute(
            "INSERT INTO users (id, username, email, password_hash, created_at)"
            " VALUES (gen_random_uuid(), 'ana', 'ana@example.org', '!', now())"
        )
    upgrade(directory=FOLDER, revision=step.revision)
    assert waiting(address) == [(f"jobs.search.fill_{what}", [], "queued", 0) for what in ("people", "posts")]
