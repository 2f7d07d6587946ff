"""The embedded servers: they serve, keep what they were given, and come back after a crash."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import psycopg
import pytest
import redis

from embedded import paths, tables
from embedded.postgres import APP
from embedded.process import EmbeddedError
from embedded.stack import Stack

NOTHING: dict[str, str] = {}  # an environment in which every server must be started


def database(stack: Stack) -> psycopg.Connection:
    return psycopg.connect(stack.env["MIGRATION_DATABASE_URL"].replace("+psycopg", ""), autocommit=True)


def store(stack: Stack):
    return boto3.client(
        "s3",
        endpoint_url=stack.env["S3_ENDPOINT_URL"],
        region_name=stack.env["S3_REGION"],
        aws_access_key_id=stack.env["S3_ACCESS_KEY"],
        aws_secret_access_key=stack.env["S3_SECRET_KEY"],
    )


def read(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    with Stack(tmp_path / "da ta", environ=NOTHING) as first:
        with database(first) as db:
            db.execute("CREATE TABLE photos AS SELECT 'Äpfel' AS caption")
        with redis.Redis.from_url(first.env["REDIS_URL"]) as cache:
            cache.set("hits", 7)
        store(first).put_object(Bucket="tintype-private", Key="a/b.webp", Body=b"pixels")

    with Stack(tmp_path / "da ta", environ=NOTHING) as second:
        assert second.env == first.env
        with database(second) as db:
            assert db.execute("SELECT upper(caption) FROM photos").fetchone() == ("ÄPFEL",)
        with redis.Redis.from_url(second.env["REDIS_URL"]) as cache:
            assert cache.get("hits") == b"7"
        assert store(second).get_object(Bucket="tintype-private", Key="a/b.webp")["Body"].read() == b"pixels"


def test_a_data_folder_of_an_older_version_gets_the_keys_that_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"SECRET_KEY": "kept", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b"}')
    with Stack(tmp_path, want=(), environ=NOTHING) as first:
        assert first.env["SECRET_KEY"] == "kept"
        assert len(first.env["VAPID_PRIVATE_KEY"]) == 43
    with Stack(tmp_path, want=(), environ=NOTHING) as second:
        assert second.env == first.env


def test_everybody_reads_the_public_bucket_and_nobody_lists_it(tmp_path: Path) -> None:
    with Stack(tmp_path, want=["s3"], environ=NOTHING) as stack:
        store(stack).put_object(Bucket="tintype-public", Key="a/b.webp", Body=b"pixels")
        store(stack).put_object(Bucket="tintype-private", Key="c.webp", Body=b"secret")
        base = stack.env["MEDIA_BASE_URL"]
        time.sleep(0.6)  # as long as an answer about a missing name is remembered
        assert read(f"{base}/a/b.webp") == b"pixels"
        for path in ("/", "/a/", "/a/?download=zip", "/../tintype-private/c.webp"):
            with pytest.raises(urllib.error.HTTPError):
                read(base + path)


def test_postgres_comes_back_after_its_postmaster_was_killed(tmp_path: Path) -> None:
    with Stack(tmp_path, want=["postgres"], environ=NOTHING) as stack, database(stack) as db:
        db.execute("CREATE TABLE likes (n int)")
        os.kill(stack.services[0].child.pid, signal.SIGKILL)
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    assert pid_file.exists()
    # The worst case: the number in it belongs to a stranger by now.
    pid_file.write_text(f"{os.getppid()}\n" + pid_file.read_text().split("\n", 1)[1])

    with Stack(tmp_path, want=["postgres"], environ=NOTHING) as stack, database(stack) as db:
        assert db.execute("SELECT count(*) FROM likes").fetchone() == (0,)


def test_a_second_run_is_told_who_runs_the_first(tmp_path: Path) -> None:
    stack = Stack(tmp_path, want=[], environ=NOTHING)
    stack.claim("http://127.0.0.1:1")
    command = [sys.executable, "-m", "embedded", "--data", str(tmp_path)]
    second = subprocess.run(command, cwd=paths.PROJECT, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert f"process {os.getpid()} runs it at http://127.0.0.1:1" in second.stderr
    stack.stop()
    with Stack(tmp_path, want=[], environ=NOTHING):
        pass


def test_servers_of_the_environment_are_used_as_they_are(tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": "postgresql://elsewhere/x",
        "REDIS_URL": "redis://elsewhere/0",
        "S3_ENDPOINT_URL": "https://s3.elsewhere",
        "S3_ACCESS_KEY": "theirs",
        "SECRET_KEY": "k" * 40,
        "VAPID_PRIVATE_KEY": "theirs, too",
    }
    with Stack(tmp_path, environ=given) as stack:
        assert stack.services == []
        assert stack.env == given


def test_keys_of_the_environment_open_our_store(tmp_path: Path) -> None:
    given = {"S3_ACCESS_KEY": "their-access-key", "S3_SECRET_KEY": 'their "secret" key'}
    with Stack(tmp_path, want=["s3"], environ=given) as stack:
        assert stack.env["S3_ACCESS_KEY"] == "their-access-key"
        names = [bucket["Name"] for bucket in store(stack).list_buckets()["Buckets"]]
        assert names == ["tintype-private", "tintype-public"]


def test_a_path_too_long_for_sockets_works_and_leaves_nothing_outside(tmp_path: Path) -> None:
    with Stack(tmp_path / ("x" * 120), want=["redis"], environ=NOTHING) as stack:
        outside = stack.services[0].socket.parent
        with redis.Redis.from_url(stack.env["REDIS_URL"]) as cache:
            assert cache.ping()
    assert not outside.exists()


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="Choose another with --data"):
        Stack(tmp_path / "file" / "data", environ=NOTHING).start()


def test_tables_count_as_settled_until_files_version_or_rights_change(tmp_path: Path, monkeypatch) -> None:
    with Stack(tmp_path, want=["postgres"], environ=NOTHING) as stack, database(stack) as db:
        server = stack.services[0]
        tables.settle(server)
        assert not tables.settled(server), "there are no tables yet"
        db.execute("CREATE TABLE alembic_version AS SELECT '0001' AS version_num")
        tables.settle(server)
        assert not tables.settled(server), "the application was not let in"
        db.execute(f"GRANT SELECT ON alembic_version TO {APP}")
        tables.settle(server)
        assert tables.settled(server)
        db.execute("UPDATE alembic_version SET version_num = '0002'")
        assert not tables.settled(server)
        db.execute("UPDATE alembic_version SET version_num = '0001'")
        (tmp_path / "project" / "migrations").mkdir(parents=True)
        with monkeypatch.context() as patch:
            patch.setattr(paths, "PROJECT", tmp_path / "project")
            assert not tables.settled(server)
        assert tables.settled(server)
        tables.unsettle(server)
        assert not tables.settled(server)
