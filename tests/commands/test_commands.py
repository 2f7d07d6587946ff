"""The doctor, the first admin, erasing for good, counting anew: what operators type, and what they are told."""

import re

import pytest
from sqlalchemy import create_engine, select, text, update

from jobs import clock
from tests import make
from tests.commands.test_backup import run, shared
from tests.media.test_strays import empty, keys
from webapp.account import counters
from webapp.commands import checkup, doctor, machine
from webapp.core import cache, db, ids, storage
from webapp.models import AuditEntry, Media, Post, User
from webapp.web import edge


@pytest.fixture(autouse=True)
def bare(committed):
    """Commit as in life, and begin with empty buckets."""
    empty()
    yield
    empty()


def said(app, *words: str, code: int = 0, **given) -> str:
    done = app.test_cli_runner().invoke(args=[*words], **given)
    assert done.exit_code == code, done.output + repr(done.exception)
    return done.output


def person(name: str):
    with make.unit():
        return db.row(select(User.__table__).where(User.username == name))


def lines(output: str) -> dict[str, list[tuple[str, str]]]:
    """Return what the doctor said of each part."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part, state, words in re.findall(r"^(\w+) +(ok|note|ILL) +(.*)$", output, re.MULTILINE):
        found.setdefault(part, []).append((state, words))
    return found


def test_the_doctor_finds_a_site_that_is_well(app, monkeypatch):
    clock.run("measure")
    monkeypatch.setattr(checkup, "round_trip", lambda _wait: make.work() == [])
    found = lines(said(app, "doctor"))
    assert set(found) == {
        "settings", "database", "tables", "roles", "redis", "queue", "clock", "storage", "browsers", "mail", "push",
        "machine", "backups",
    }  # fmt: skip
    assert [part for part, told in found.items() if "ILL" in dict(told)] == []
    assert keys("private") == keys("public") == set(), "what it wrote is taken away again"


def test_a_job_goes_to_a_worker_and_back_or_the_doctor_says_so(app):
    clock.run("measure")
    output = said(app, "doctor", "--wait", "1", code=1)
    assert "python -m jobs.worker" in dict(lines(output)["queue"])["ILL"]
    assert "1 to mend" in output
    assert make.work() == ["jobs.clock.nothing"]


NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


@pytest.mark.parametrize("words", ["recount", "strays", "create-admin ana ana@example.org", "db current"])
def test_a_command_without_a_database_says_so_in_a_line(app, monkeypatch, words):
    assert said(app, "recount", "--report").startswith("All counters")
    elsewhere = app.config["SETTINGS"].model_copy(update={"migration_database_url": NOWHERE})
    monkeypatch.setitem(app.config, "SETTINGS", elsewhere)
    monkeypatch.setattr(edge, "command", lambda _work: create_engine(NOWHERE).connect())
    output = said(app, *words.split(), code=1)
    assert output.startswith("Error: PostgreSQL does not answer (connection failed")
    assert "Check DATABASE_URL" in output


def test_a_command_without_tables_says_how_they_are_made(app, monkeypatch):
    monkeypatch.setattr(counters, "step", lambda *_, **__: db.execute(text("SELECT 1 FROM no_table_of_ours")))
    assert "Run: flask --app wsgi db upgrade" in said(app, "recount", code=1)


def test_the_doctor_says_what_is_ill_and_goes_on(app, monkeypatch):
    owner = create_engine(app.config["SETTINGS"].migration_database_url)
    with owner.begin() as connection:
        connection.execute(text("GRANT UPDATE ON audit_entries TO tintype_app"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    here = storage.here()
    good, away = here.access, cache.Cache("redis://127.0.0.1:1", 0.1)
    here.access = type(good)(**{**{name: getattr(good, name) for name in good.__slots__}, "public": "nobodys-bucket"})
    monkeypatch.setattr(cache, "_cache", [away])
    try:
        found = lines(said(app, "doctor", "--wait", "0", code=1))
    finally:
        here.access = good
        with owner.begin() as connection:
            connection.execute(text("REVOKE UPDATE ON audit_entries FROM tintype_app"))
            head = dict(checkup_revisions(app))["want"]
            connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})
        owner.dispose()
    assert "may update the record" in dict(found["roles"])["ILL"]
    assert "flask --app wsgi db upgrade" in dict(found["tables"])["ILL"]
    assert "REDIS_URL" in dict(found["redis"])["ILL"]
    assert "nobodys-bucket" in dict(found["storage"])["ILL"]
    assert "python -m cron" in dict(found["clock"])["ILL"]
    assert found["database"][0][0] == "ok"


def checkup_revisions(app):
    with app.app_context(), make.unit():
        return {"want": checkup.revisions()[1]}.items()


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({}, 403, "answers 403 to their question"),
        ({"Origin": "https://elsewhere"}, 200, "may not upload from https://photos.example.org"),
        ({"Origin": "*", "Methods": "GET"}, 200, "may not PUT (allowed: GET)"),
        ({"Origin": "*", "Methods": "PUT"}, 200, "may not send Content-Type (allowed: nothing)"),
        ({"Origin": "https://photos.example.org", "Methods": "GET, PUT", "Headers": "Content-Type"}, 204, None),
    ],
)
def test_what_browsers_may_not_do_is_named(headers, status, words):
    given = {f"Access-Control-Allow-{name}": value for name, value in headers.items()}
    found = list(checkup._refusals(checkup.Answer(status, given, b""), "https://photos.example.org"))
    assert any(words in one for one in found) if words else found == []


def test_clocks_that_differ_are_told():
    assert list(doctor._time("database", 0.4)) == []
    assert [one.state for one in doctor._time("database", -5)] == ["note"]
    with pytest.raises(checkup.Ill, match="1200 s apart"):
        list(doctor._time("database", 1200))


def test_a_mail_is_really_handed_over(app, letters, monkeypatch):
    clock.run("measure")
    output = said(app, "doctor", "--wait", "0", "--mail-to", "ana@example.org")
    assert "note" in dict(lines(output)["mail"]), "nothing is configured for mails"
    settings = app.config["SETTINGS"].model_copy(update={"mail_folder": str(letters.folder)})
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    output = said(app, "doctor", "--wait", "0", "--mail-to", "ana@example.org")
    assert "handed over for ana@example.org" in output
    (mail,) = letters.of("ana@example.org")
    assert "mails work" in mail["Subject"]
    assert "refused: no address" in said(app, "doctor", "--wait", "0", "--mail-to", "nobody", code=1)


def test_postgresqls_programs_are_found_by_version(tmp_path):
    for version in (14, 16, 18):
        (tmp_path / f"{version}").mkdir()
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.4 (Debian)'\n")
    old.chmod(0o755)
    assert machine.program("pg_dump", 15, str(tmp_path)) == str(old)
    assert machine.program("pg_dump", 16, str(tmp_path)) is None
    assert machine.program("pg_dump", 18), "the embedded one"


def test_the_first_admin_is_made_once(app):
    output = said(app, "create-admin", "ana", "ana@example.org", input=f"{make.PASSWORD}\n{make.PASSWORD}\n")
    assert "may sign in" in output
    assert make.PASSWORD not in output
    assert (person("ana").role, person("ana").email_confirmed_at is not None) == ("admin", True)
    before = person("ana").password_hash
    again = said(app, "create-admin", "Ana", "other@example.org", "--password", "another fine secret", code=1)
    assert "--promote" in again
    assert person("ana").password_hash == before
    taken = said(app, "create-admin", "anna", "ANA@example.org", "--password", make.PASSWORD, code=1)
    assert "@ana has this address" in taken
    assert person("anna") is None
    short = said(app, "create-admin", "bea", "bea@example.org", "--password", "short", code=1)
    assert "10" in short
    assert "EMAIL is missing" in said(app, "create-admin", "bea", code=2)
    assert said(app, "create-admin", "--help").count("--promote") == 1


def test_somebody_who_is_here_is_promoted(app, sign_in):
    ben = make.user("ben")
    browser = sign_in(ben)
    assert browser.get("/api/v1/admin/jobs").status_code == 403
    said(app, "create-admin", "@ben", "--promote")
    assert browser.get("/api/v1/admin/jobs").status_code == 200, "in the session that is open"
    assert "is an admin already" in said(app, "create-admin", "ben", "--promote", code=1)
    assert "Nobody here is called zoe" in said(app, "create-admin", "zoe", "--promote", code=1)
    with make.unit():
        db.execute(update(User).where(User.username == "ben").values(role="user", status="deactivated"))
    assert "is deactivated" in said(app, "create-admin", "ben", "--promote", code=1)


def test_a_person_is_purged_with_everything(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben", role="admin")
    make.follow(ben, ana)
    shared(ana, "#404040", "Mine")
    browser = sign_in(ana)
    assert "Aborted" in said(app, "purge", "user", "ana", "--reason", "asked", code=1, input="n\n")
    assert browser.get("/api/v1/auth/me").status_code == 200
    assert "Missing option '--reason'" in said(app, "purge", "user", "ana", code=2)
    assert "is an admin" in said(app, "purge", "user", "ben", "--reason", "x", "--yes", code=1)
    said(app, "purge", "user", "ana", "--reason", "asked for it", input="y\n")
    assert browser.get("/api/v1/auth/me").status_code in (401, 403)
    assert "jobs.clock.at_once" in make.work()
    assert person("ana") is None
    assert {key.split("/")[0] for key in keys("private")} == {"erased"}
    assert keys("public") == set()
    assert person("ben").following_count == 0
    with make.unit():
        (noted,) = db.rows(select(AuditEntry.__table__).where(AuditEntry.action == "purge"))
        assert (noted.user_id, noted.reason) == (ana.id, "asked for it")


def test_a_post_is_purged_in_whatever_state(app):
    ana = make.user("ana")
    posts = [shared(ana, colour, "x #rare") for colour in ("#404040", "#505050")]
    with make.unit():
        db.execute(update(Post).where(Post.id == posts[1]).values(status="taken_down"))
        db.execute(update(User).values(post_count=1))
    for post_id in posts:
        said(app, "purge", "post", str(post_id), "--reason", "illegal", "--yes")
    make.work()
    with make.unit():
        assert db.rows(select(Post.__table__.c.id)) == db.rows(select(Media.__table__.c.id)) == []
    assert person("ana").post_count == 0
    assert {key.split("/")[0] for key in keys("private")} == {"erased"}
    assert "no such post" in said(app, "purge", "post", str(ids.new()), "--reason", "x", "--yes", code=1)
    assert said(app, "purge", "post", "x", "--reason", "x", code=2)


def test_counters_are_counted_anew_on_demand(app):
    ana, ben = make.user("ana"), make.user("ben")
    make.like(ben, make.post(ana))
    assert "All counters are what their rows say" in said(app, "recount")
    with make.unit():
        db.execute(update(Post).values(like_count=9))
    assert re.search(r"posts.like_count +1 drifted", said(app, "recount", "--report", code=2))
    assert "All counters" in said(app, "recount", "--only", "users")
    assert re.search(r"posts.like_count +1 repaired", said(app, "recount"))
    with make.unit():
        assert db.scalar(select(Post.like_count)) == 1


def test_storage_is_compared_on_demand(app):
    shared(make.user("ana"), "#404040", "x")
    assert "0 without a row; 0 missing" in said(app, "strays")
    with make.unit():
        photo = db.session().scalars(select(Media)).one()
    storage.here().remove([photo.original])
    assert f"missing  private/{photo.original}" in said(app, "strays", code=2)
    assert run(app, "strays", "--help").output
