"""A backup, an empty machine, a restore: people see what they saw, what was erased stays so, nothing is half done."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, update

from embedded.postgres import NAME, PORT
from embedded.stack import Stack
from jobs import clock
from tests import make
from tests.commands import seen
from tests.media.test_strays import empty, keys
from webapp.commands import backup as command
from webapp.core import db, storage
from webapp.core.errors import Unavailable
from webapp.models import Media, Post
from webapp.posts import actions as posts
from webapp.posts.schemas import NewPost
from webapp.stories import actions as stories
from webapp.stories.schemas import NewStory

ROOT = Path(__file__).parents[2]


def uploaded(person: make.Person, colour: str, purpose: str = "post"):
    """Send a photo in as browsers do, and have it processed."""
    media_id = make.media(person, status="processing", purpose=purpose)
    storage.here().put(f"incoming/{media_id}", make.photo(320, 240, colour), "image/jpeg")
    with make.unit():
        make.outbox.enqueue("jobs.media.process", media_id)
    make.work()
    return media_id


def shared(person: make.Person, colour: str, caption: str):
    media_id = uploaded(person, colour)
    with make.unit():
        made = posts.create(person.viewer, NewPost(media_ids=[media_id], caption=caption))
    make.work()
    return made.id


def run(app, *words: str, ok: bool = True, **environ: str):
    """Run a command on the site of this process."""
    done = app.test_cli_runner().invoke(args=[*words])
    assert (done.exit_code == 0) == ok, done.output + repr(done.exception)
    return done


def elsewhere(stack: Stack, *words: str, code: int = 0) -> str:
    """Run Python on the machine of another set of servers."""
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ |= {
        **stack.env,
        "PYTHONPATH": str(ROOT),
        "LOG_LEVEL": "ERROR",
        "PASSWORD_COST": "1",
        "RATE_LIMITS": "false",
        "BASE_URL": "http://localhost",
    }
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stdout + done.stderr


def until_next_second(stamp: str) -> None:
    """Wait until a backup that begins has another name."""
    while command.folder.stamp_now() <= stamp:
        time.sleep(0.05)


FLASK = ("-m", "flask", "--app", "wsgi")


@pytest.fixture
def village(app, committed):
    """A site with photos that all, followers and two people alone may see."""
    empty()
    ana, ben, cleo = make.user("ana"), make.user("ben", private=True), make.user("cleo", role="admin")
    make.follow(ben, ana)
    fog = shared(ana, "#808890", "Fog #fog")
    shared(ben, "#305070", "For those who follow me")
    make.like(ben, fog)
    make.repost(ben, fog)
    make.comment(ben, fog, "So quiet.")
    make.talk(ben, ana, content="Where was this?")
    with make.unit():
        stories.create(
            ana.viewer, NewStory(media_id=uploaded(ana, "#ddccaa", "story"), caption="", audience="followers")
        )
    make.work()
    yield ana, ben, cleo, fog
    empty()


@pytest.fixture
def empty_machine(tmp_path, stack):
    """Another machine: servers with nothing in them, and the old secret key."""
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "USER") if name in os.environ}
    environ["SECRET_KEY"] = stack.env["SECRET_KEY"]
    with Stack(tmp_path / "machine", environ=environ, durable=False) as started:
        yield started


def asked(stack: Stack, question: str):
    with psycopg.connect(host=str(stack.services[0].sockets), port=PORT, dbname=NAME, user=NAME) as connection:
        return connection.execute(question).fetchall()


def test_after_a_restore_on_an_empty_machine_people_see_what_they_saw(app, village, empty_machine, tmp_path):
    ana = village[0]
    dora = make.user("dora")
    shared(dora, "#aa2211", "Soon gone")
    doomed = shared(ana, "#112233", "Purged later")
    to = tmp_path / "backup"
    said = run(app, "backup", str(to)).output
    assert "is whole" in said
    # what happens after the backup: somebody is erased, a post is purged
    run(app, "purge", "user", "dora", "--reason", "asked for it", "--yes")
    run(app, "purge", "post", str(doomed), "--reason", "illegal", "--yes")
    assert clock.run("erase") == "done"
    make.work()
    (first,) = (path.stem for path in to.glob("*.json"))
    until_next_second(first)
    run(app, "backup", str(to))
    older = ("--backup", first, "--yes")  # the photographs of today, the database of before

    before = seen.look(app, "ana", "ben", "visitor")
    assert before["visitor /users/ana/posts"][1]["items"][0]["caption"] == "Fog #fog"
    told = elsewhere(empty_machine, *FLASK, "restore", str(to), *older)
    assert "all rows as in the backup" in told
    assert "1 people, 1 posts" in told
    assert "0 missing" in told
    without = elsewhere(empty_machine, *FLASK, "restore", str(to), *older, "--replace", "--no-database")
    assert "0 missing" in without
    refused, again, after = json.loads(elsewhere(empty_machine, "-m", "tests.commands.seen", str(to), *older))
    assert "not empty" in refused
    assert "all rows as in the backup" in again
    assert "0 objects put" in again, "what is there is not sent once more"
    assert after.pop("dora signs in") == 401
    for name, found in before.items():
        assert after[name] == found, name
    assert "of /" not in json.dumps(after), "every photo is there"
    assert asked(empty_machine, "SELECT count(*) FROM messages WHERE written_in::text::bigint > 0")[0][0] == 0


def test_a_backup_takes_only_what_is_new_and_lets_go_what_was_deleted(app, village, tmp_path, monkeypatch):
    ana = village[0]
    to = tmp_path / "backup"
    run(app, "backup", str(to))
    first = {path: path.stat().st_mtime_ns for path in (to / "media").rglob("*") if path.is_file()}
    assert {str(path.relative_to(to / "media")) for path in first} == keys("private")
    gone = shared(ana, "#447711", "New")
    again = run(app, "backup", str(to)).output
    assert "(9 new, 0 let go)" in again
    assert all(path.stat().st_mtime_ns == at for path, at in first.items())
    run(app, "purge", "post", str(gone), "--reason", "x", "--yes")
    make.work()
    for years, said in (("21", "(1 new, 0 let go)"), ("22", "(0 new, 9 let go)")):  # a hundred years on, and again
        later = command.folder.stamp_now().replace("20", years, 1)
        monkeypatch.setattr(command.folder, "stamp_now", lambda later=later: later)
        assert said in run(app, "backup", str(to)).output
        monkeypatch.undo()
    assert len(list(to.glob("*Z.dump"))) == len(list(to.glob("*Z.json"))) >= 1
    assert "0 objects are missing or damaged" in run(app, "restore", str(to), "--check").output


def test_a_backup_that_is_cut_off_goes_on_and_is_not_taken_for_whole(app, village, tmp_path, monkeypatch):
    to, copied = tmp_path / "backup", []
    real = command._copy

    def cut(path, one):
        if len(copied) >= 5:
            raise Unavailable("Storage does not answer.")
        copied.append(one.key)
        return real(path, one)

    monkeypatch.setattr(command, "_copy", cut)
    monkeypatch.setattr(command, "_TRIES", 1)
    monkeypatch.setattr(command, "PREFIXES", {"originals/": 100, "variants/": 3})
    assert "run it again" in run(app, "backup", str(to), ok=False).output
    assert "no whole backup" in run(app, "restore", str(to), "--yes", ok=False).output
    monkeypatch.undo()
    said = run(app, "backup", str(to)).output
    assert "is whole" in said
    assert f"{len(keys('private'))} objects" in said
    assert f"({len(keys('private'))} new" not in said, "some were there"


def test_what_is_damaged_is_refused(app, village, tmp_path):
    to = tmp_path / "backup"
    run(app, "backup", str(to))
    photo = next((to / "media/originals").iterdir())
    whole = photo.read_bytes()
    for damage in (whole[:-1] + bytes([whole[-1] ^ 1]), b"short"):
        photo.write_bytes(damage)
        done = run(app, "restore", str(to), "--check", ok=False)
        assert f"damaged  originals/{photo.name}" in done.output
    (dump,) = to.glob("*.dump")
    dump.write_bytes(dump.read_bytes()[:-1] + b"x")
    assert "damaged" in run(app, "restore", str(to), "--yes", ok=False).output
    (manifest,) = to.glob("*.json")
    manifest.write_text("{")
    assert "can't be read" in run(app, "restore", str(to), "--yes", ok=False).output


def test_bad_input_is_refused_in_words(app, village, tmp_path):
    wrong = tmp_path / "wrong.dump"
    wrong.write_text("CREATE TABLE …")
    to = str(tmp_path / "backup")
    assert "no dump in pg_dump's custom format" in run(app, "backup", to, "--database", str(wrong), ok=False).output
    assert "--pg-bin" in run(app, "backup", to, "--pg-bin", str(tmp_path), ok=False).output
    (tmp_path / "file").write_text("")
    assert run(app, "backup", str(tmp_path / "file"), ok=False).exit_code == 2
    assert "Stop web, worker, cron" in busy(app, tmp_path)
    here = command.folder.Folder(tmp_path / "backup")
    with here.held():
        assert "Another backup" in run(app, "backup", to, ok=False).output


def busy(app, tmp_path) -> str:
    run(app, "backup", str(tmp_path / "whole"))
    with make.unit():
        db.row(select(Post.__table__.c.id))  # the site is in use
        return run(app, "restore", str(tmp_path / "whole"), "--yes", ok=False).output


def test_a_dump_of_a_newer_version_is_refused(app, village, tmp_path):
    to = tmp_path / "backup"
    run(app, "backup", str(to))
    (path,) = to.glob("*.json")
    path.write_text(path.read_text().replace('"revision": "', '"revision": "9'))
    assert "newer version" in run(app, "restore", str(to), "--yes", ok=False).output


def test_photos_are_made_anew_through_the_queue(app, village):
    fog = village[3]
    with make.unit():
        photo = db.session().scalars(select(Media).where(Media.post_id == fog)).one()
        db.execute(update(Media).where(Media.id == photo.id).values(width=1))
    storage.here().remove([photo.variant_keys()[1]])
    assert "1 photos" in run(app, "reprocess-media", "--id", str(photo.id)).output
    assert make.work() == ["jobs.media.remake"]
    with make.unit():
        assert db.session().get(Media, photo.id).width == 320
    assert photo.variant_keys()[1] in keys("private")
    assert "1 photos" in run(app, "reprocess-media", "--user", "@ben").output
    assert (
        "nothing to make anew"
        in run(app, "reprocess-media", "--all", "--after", "f" * 8 + "-ffff-ffff-ffff-" + "f" * 12).output
    )
    assert run(app, "reprocess-media", ok=False).exit_code == 2
    assert "Nobody here is called zoe" in run(app, "reprocess-media", "--user", "zoe", ok=False).output
