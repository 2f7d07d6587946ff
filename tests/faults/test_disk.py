"""The disk on which PostgreSQL writes is full."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.faults import disk
from tests.faults.load import Load, people_of
from tests.faults.site import Breakable, until

MEGABYTES = 200


@contextlib.contextmanager
def small_disk(site: Breakable) -> Iterator[Path]:
    """Move the cluster onto a small disk of its own."""
    server = site.servers["postgres"]
    cluster = site.data / "postgres"
    owner = cluster.stat().st_uid
    server.stop()
    cluster.rename(site.data / "moved")
    cluster.mkdir()
    with disk.small(cluster, f"{MEGABYTES}m", mode=700, uid=owner):
        try:
            subprocess.run(["cp", "-a", f"{site.data}/moved/.", str(cluster)], check=True)
            shutil.rmtree(site.data / "moved")
            server.start()
            yield cluster
        finally:
            server.stop()


def fill(ballast: Path) -> None:
    """Write until nothing fits any more."""
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(os.urandom(4096) * 16)
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 512)


def exhaust(site: Breakable) -> None:
    """Let PostgreSQL use up what it had put aside: the segments of its log."""
    with contextlib.suppress(psycopg.Error, OSError):
        for _ in range(12):
            site.sql("CREATE TABLE IF NOT EXISTS ballast (n bigint)")
            site.sql("INSERT INTO ballast SELECT generate_series(1, 1000)")
            site.sql("SELECT pg_switch_wal()")


@pytest.mark.thorough
def test_a_full_disk_of_the_database_loses_nothing(tmp_path, measured):
    site = Breakable(tmp_path / "site")
    try:
        site.start()
        people = people_of(site)
        with small_disk(site) as place, Load(site, people) as load:
            server = site.servers["postgres"]
            with load.fault("Disk of PostgreSQL full") as fault:
                fill(place / "zz_ballast")
                exhaust(site)
                fault.wait_for(20, refused=True)
                fell = not server.running
                (place / "zz_ballast").unlink()
                if fell or not until_up(site):
                    server.stop()
                    server.start()
            outcome = load.recovered(fault)
            measured(outcome, "PostgreSQL gave up and was started again" if fell else "PostgreSQL stayed up")
            load.check()
    finally:
        site.stop()


def until_up(site: Breakable) -> bool:
    """Wait for the server to recover by itself; tell whether it did."""

    def answers() -> bool:
        with contextlib.suppress(psycopg.Error):
            return bool(site.sql("SELECT 1"))
        return not site.servers["postgres"].running

    until(answers, 30, "PostgreSQL answers, or has given up")
    return site.servers["postgres"].running
