"""A real streaming replica of an embedded PostgreSQL."""

import signal
from pathlib import Path

import psycopg

from embedded import paths
from embedded.postgres import APP, NAME, PORT, Postgres
from tests.waiting import until


class Standby(Postgres):
    """A copy of a running server that follows it."""

    def __init__(self, data: Path, primary: Postgres) -> None:
        for folder in ("run", "logs"):
            (data / folder).mkdir(parents=True, exist_ok=True)
        self.primary = primary
        super().__init__(data, paths.socket_folder(data / "run"), durable=False)

    def _create(self) -> None:
        copy = [self.bin / "pg_basebackup", "-R", "-X", "stream", "-c", "fast", "--no-sync", "-U", NAME]
        self._run([*copy, "-h", self.primary.sockets, "-p", str(PORT), "-D", self.cluster])

    def ask(self, statement: str) -> list[tuple]:
        """Ask it as its owner."""
        with psycopg.connect(host=str(self.sockets), port=PORT, dbname=NAME, user=NAME, autocommit=True) as connection:
            return connection.execute(statement).fetchall()

    def pause(self) -> None:
        """Let it receive, and replay nothing."""
        self.ask("SELECT pg_wal_replay_pause()")
        until(lambda: self.ask("SELECT pg_get_wal_replay_pause_state()") == [("paused",)])

    def catch_up(self) -> None:
        """Let it replay on, until it has everything."""
        self.ask("SELECT pg_wal_replay_resume()")
        with psycopg.connect(host=str(self.primary.sockets), port=PORT, dbname=NAME, user=APP) as connection:
            place = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()[0]
        there = f"SELECT pg_last_wal_replay_lsn() >= '{place}'"
        until(lambda: self.ask(there) == [(True,)])

    def freeze(self, number: signal.Signals = signal.SIGSTOP) -> None:
        """Stop all of its processes in their tracks, or let them go on (SIGCONT)."""
        self.send_signal(number)
