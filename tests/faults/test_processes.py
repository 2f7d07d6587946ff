"""The site's own processes die, are replaced, or have a wrong clock; a migration meets a slow reader."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from datetime import datetime

import psycopg
import pytest

from embedded import postgres
from tests import whole
from tests.faults.load import Load, people_of
from tests.faults.site import Breakable, descendants, until


def web_workers(site: Breakable) -> set[int]:
    """Return the web processes that answer requests."""
    return set(descendants(site.pid("web")))


@pytest.mark.thorough
def test_a_web_process_that_is_killed_is_replaced(breakable, load, measured):
    before = web_workers(breakable)
    with load.fault("Web process killed (one of two)") as fault:
        os.kill(min(before), signal.SIGKILL)
        took = until(lambda: len(web_workers(breakable) - before) == 1, 30, "another one has its place")
        fault.wait_for(20)
    measured(load.recovered(fault), f"another one has its place after {took:.1f} s")
    load.check(broken=True)


@pytest.mark.thorough
def test_all_web_processes_that_are_killed_are_replaced(breakable, load, measured):
    master = breakable.pid("web")
    with load.fault("Web killed, all of it") as fault:
        for pid in (master, *descendants(master)):
            os.kill(pid, signal.SIGKILL)
        took = until(lambda: breakable.pid("web") not in (0, master), 60, "it is started again")
        took += until(breakable.healthy, 60, "it answers")
    measured(load.recovered(fault), f"the site answers again after {took:.1f} s")
    load.check(broken=True)


@pytest.mark.thorough
def test_a_deploy_costs_nobody_a_request(breakable, load, measured):
    before = web_workers(breakable)
    with load.fault("Deploy under load (SIGHUP)") as fault:
        os.kill(breakable.pid("web"), signal.SIGHUP)
        took = until(lambda: not web_workers(breakable) & before, 60, "the old processes are gone")
        fault.wait_for(20)
    outcome = load.recovered(fault)
    measured(outcome, f"the new processes alone answer after {took:.1f} s")
    load.check()
    assert outcome.fine == outcome.requests


MIGRATION = '''"""A column that nobody needs."""

from alembic import op

revision = "drill"
down_revision = "{head}"
branch_labels = depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE posts ADD COLUMN drill integer")


def downgrade() -> None:
    op.execute("ALTER TABLE posts DROP COLUMN drill")
'''


@pytest.mark.thorough
def test_a_migration_behind_a_slow_reader_holds_nobody_up_for_long(breakable, load, measured, tmp_path):
    folder = tmp_path / "migrations"
    shutil.copytree(whole.ROOT / "migrations", folder)
    head = breakable.sql("SELECT version_num FROM alembic_version")[0][0]
    (folder / "versions" / "drill.py").write_text(MIGRATION.format(head=head))
    command = ("flask", "--app", "wsgi", "db")
    migrating = threading.Thread(target=breakable.run, args=(*command, "upgrade", "--directory", str(folder)))
    reader = psycopg.connect(host=breakable.sockets(), port=postgres.PORT, dbname=postgres.NAME, user=postgres.NAME)
    waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
    with load.fault("Migration behind a slow reader") as fault:
        with reader:
            reader.execute("SELECT count(*) FROM posts")  # the lock of a reader stays to the end of its transaction
            migrating.start()
            for _ in range(2):
                until(lambda: breakable.sql(waits), 60, "the migration waits for the reader")
                until(lambda: not breakable.sql(waits), 60, "the migration lets others pass")
        migrating.join()
    try:
        outcome = load.recovered(fault)
        measured(outcome)
        load.check()
        assert breakable.sql("SELECT version_num FROM alembic_version") == [("drill",)], "it was done in the end"
        assert outcome.fine == outcome.requests
        assert outcome.slowest < 5
    finally:
        breakable.run(*command, "downgrade", "--directory", str(folder))


def wrong_clock(minutes: int) -> dict[str, str]:
    """Return the variables that give a process a clock that is wrong by so much."""
    found = subprocess.run([whole.ROOT / "bin" / "_faketime"], capture_output=True, text=True, check=True)
    return {
        "LD_PRELOAD": found.stdout.strip(), "FAKETIME": f"{minutes:+}m", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": f"{whole.ROOT}/tests/faults/asleep:{whole.ROOT}",
    }  # fmt: skip


def clock_of(site: Breakable) -> float:
    """Return what time the web thinks it is, by the last line of its log."""
    line = [line for line in site.log("web").splitlines() if '"timestamp"' in line][-1]
    return datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp()


@pytest.mark.thorough
@pytest.mark.parametrize("minutes", [20, -20])
def test_a_web_process_with_a_wrong_clock_keeps_people_signed_in(tmp_path, measured, minutes):
    site = Breakable(tmp_path / "site")
    try:
        site.start()
        with Load(site, people_of(site)) as load:
            with load.fault(f"Clock of the web {minutes:+} minutes") as fault:
                site.replace("web", **wrong_clock(minutes))
                fault.wait_for(150, working=True)
                assert abs(clock_of(site) - time.time() - minutes * 60) < 60, "its clock is wrong indeed"
                site.replace("web")
            measured(load.recovered(fault), "broken while the test put the other process in its place")
            load.check(broken=True)
            refused = [sample for sample in load.samples if sample.status not in (0, 200, 201, 202)]
            assert not refused, refused
    finally:
        site.stop()
