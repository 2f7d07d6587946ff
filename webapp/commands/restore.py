"""`flask restore`: the database, then the photographs, out of a folder that `backup` has filled."""

import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import delete, select, text

from webapp.account import counters, states
from webapp.commands import backup, checkup, counting, folder, photos, postgres
from webapp.core import db, erased, ids, outbox, sessions, storage
from webapp.core.errors import Unavailable
from webapp.media import actions as media_actions
from webapp.media import queries as media_queries
from webapp.models import Media, Post, User
from webapp.policy import audit
from webapp.posts import actions as posts
from webapp.settings import Settings
from webapp.users import queries
from webapp.web import edge

media = Media.__table__.c
_AT_ONCE = 200
_LEAVING = 3  # seconds in which connections go whose processes have just been stopped
# What must not go on as it was: who is signed in, what is half-way to somebody, what tells of other servers.
_FORGOTTEN = (
    "sessions", "api_tokens", "mail_keys", "passkey_challenges", "push_subscriptions", "idempotency_keys", "mails",
    "clock_jobs", "clock_runs", "storage_findings",
)  # fmt: skip
_KINDS = {"webp": "image/webp", "jpg": "image/jpeg"}


@click.command("restore")
@click.argument("source", metavar="FOLDER", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--backup", "stamp", help="Which one, by the name that `backup` said; the newest if it is left out.")
@click.option("--check", is_flag=True, help="Only look whether FOLDER is whole; touch nothing.")
@click.option("--replace", is_flag=True, help="Also where there are people already: the backup takes their place.")
@click.option(
    "--no-database", "placed", is_flag=True, help="The database is in place already, by pg_restore elsewhere."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--pg-bin", default="", metavar="FOLDER", help="Where pg_restore is, if it is not found by itself.")
@with_appcontext
def restore(
    source: Path, stamp: str | None, check: bool, replace: bool, placed: bool, yes: bool, pg_bin: str
) -> None:  # fmt: skip
    """Put the site of a backup in place: the database, then the photographs; and say in the end what is missing.

    For an empty site with empty buckets; web, worker and cron have to be stopped. Everybody has to sign in again, mails
    and pushes that waited are not sent, and who or what was erased since the backup is erased again, as far as the
    private bucket or FOLDER remember it. A run that is cut off is begun anew with --replace and goes on where it was.
    Ends with code 2 if photographs are missing.
    """
    settings: Settings = current_app.config["SETTINGS"]
    here = folder.Folder(source)
    try:
        with here.held():
            manifest = here.chosen(stamp)
            if check:
                _report_folder(here, manifest)
                return
            _check_version(manifest)
            _check_site(settings, replace, placed)
            if not yes:
                click.confirm(f"Put the backup {manifest['stamp']} of {manifest['site']} in place here?", abort=True)
            if not placed:
                postgres.load(settings, here.path / manifest["database"]["file"], pg_bin)
            lost = _restore(settings, here, manifest)
    except Unavailable as error:
        raise click.ClickException(f"{error.sentence} Run it again with --replace.") from error
    if lost:
        raise SystemExit(2)


def _report_folder(here: folder.Folder, manifest: dict[str, Any]) -> None:
    wrong = here.damaged()
    for key in wrong[:20]:
        click.echo(f"damaged  {key}")
    click.echo(f"The backup {manifest['stamp']}: the dump is what it was; {len(wrong)} objects are missing or damaged.")
    if wrong:
        raise SystemExit(2)


def _check_version(manifest: dict[str, Any]) -> None:
    if not checkup.knows(manifest["revision"]):
        raise click.ClickException(f"This backup was made by a newer version (tables at {manifest['revision']}). "
                                   "Install that version, restore, then go on.")  # fmt: skip


def _check_site(settings: Settings, replace: bool, placed: bool) -> None:
    until = time.monotonic() + _LEAVING
    while (busy := postgres.others(settings)) and time.monotonic() < until:
        time.sleep(0.2)
    if busy:
        raise click.ClickException(f"The site is running ({busy} connections to the database). Stop web, worker, cron.")
    with postgres.connected(settings) as connection:
        people = postgres.counted(connection).get("users", 0)
    if placed and not people:
        raise click.ClickException("There is nobody in this database: restore it first, then run this again.")
    people = 0 if placed else people
    objects = [key for bucket in ("private", "public") for key in _some(bucket)]
    if (people or objects) and not replace:
        there = f"{people} people" if people else "photographs"
        raise click.ClickException(f"This site is not empty: there are {there}. With --replace the backup takes their "
                                   "place; what is here and not in the backup is lost.")  # fmt: skip


def _some(bucket: str) -> list[str]:
    found = storage.here().listed(bucket, "", most=1000)
    return [one.key for one in found if not one.key.startswith(erased.PREFIX)]


def _restore(settings: Settings, here: folder.Folder, manifest: dict[str, Any]) -> int:
    outbox.hold_back()  # the sweeper sends what waits, once a worker is there
    differing = _settled(settings, manifest["rows"])
    click.echo(f"The database is in place{': ' + differing if differing else ', all rows as in the backup'}.")
    upgrade()
    _forget(settings)
    again = _erase_again(here)
    sent = _objects(here)
    shown = _show()
    click.echo(f"{sent} objects put into the private bucket, {shown} photos copied into the public one.")
    if again:
        click.echo(f"Erased again, because it was since the backup: {again}.")
    return _reconcile()


def _settled(settings: Settings, rows: dict[str, int] | None) -> str:
    """Compare the rows that are there with those of the backup. Returns where they differ."""
    if rows is None:
        return ""
    with postgres.connected(settings) as connection:
        there = postgres.counted(connection)
    return ", ".join(
        f"{name} {there.get(name, 0)} for {rows[name]}" for name in rows if there.get(name, 0) != rows[name]
    )


def _forget(settings: Settings) -> None:
    with postgres.connected(settings) as connection:
        for name in _FORGOTTEN:
            connection.execute(delete(User.metadata.tables[name]))
        connection.execute(text("DELETE FROM outbox WHERE job LIKE 'jobs.mail.%' OR job LIKE 'jobs.push.%'"))
        connection.execute(
            text(
                "UPDATE outbox SET status = 'queued', due_at = now(), lease = NULL"
                " WHERE status IN ('queued', 'running')"
            )
        )
        connection.execute(
            text("UPDATE user_settings SET digest_due_at = now() + interval '1 day' WHERE digest_due_at < now()")
        )
        # transactions are numbered from the beginning here: with the old numbers messages would be from the future
        connection.execute(text("UPDATE messages SET written_in = '0' WHERE written_in <> '0'"))
    edge.command(_note)


def _note() -> None:
    sessions.refresh_all()
    audit.write(None, "restore_backup", "site", "backup")


def _objects(here: folder.Folder) -> int:
    """Put objects back whose photos have rows, and what was erased. Returns how many were not there yet."""
    sent, after = 0, ""
    with ThreadPoolExecutor(backup.THREADS) as pool:
        while page := here.objects(after):
            wanted = edge.command(partial(_wanted, page))
            sent += sum(pool.map(partial(_send, here), wanted))
            after = page[-1][0]
            click.echo(f"{sent} objects sent, up to {after}")
    return sent


def _wanted(page: list[tuple[str, int]]) -> list[tuple[str, int]]:
    named = {key: ids.parse(key.split("/")[1]) for key, _ in page if not key.startswith(erased.PREFIX)}
    mine = select(media.id).where(media.id.in_({one for one in named.values() if one}), media_queries.of_who_stays())
    known = {row.id for row in db.rows(mine)}
    return [(key, size) for key, size in page if key.startswith(erased.PREFIX) or named[key] in known]


def _send(here: folder.Folder, one: tuple[str, int]) -> bool:
    key, size = one
    path = here.file(key)
    if not path.exists() or backup.patient(partial(storage.here().size, key)) == size:
        return False
    kind = _KINDS.get(path.suffix[1:], "application/octet-stream")

    def put() -> None:
        with path.open("rb") as file:
            storage.here().put(key, file, kind)

    backup.patient(put)
    return True


def _erase_again(here: folder.Folder) -> str:
    """Erase people and posts that were erased since the backup. Returns who and what, in words."""
    known = {*erased.listed(), *here.keys(erased.PREFIX)}
    people = sum(edge.command(partial(_close, some, known)) for some in _all_ids(User)) if known else 0
    gone = sum(edge.command(partial(_purge, some, known)) for some in _all_ids(Post)) if known else 0
    return ", ".join(f"{number} {what}" for number, what in ((people, "people"), (gone, "posts")) if number)


def _all_ids(entity: Any) -> Iterator[list[uuid.UUID]]:
    column, after = entity.__table__.c.id, None
    while True:
        following = select(column).order_by(column).limit(_AT_ONCE)
        asked = following.where(column > after) if after else following
        found = edge.command(lambda asked=asked: [row.id for row in db.rows(asked)])
        if not found:
            return
        yield found
        after = found[-1]


def _close(some: list[uuid.UUID], known: set[str]) -> int:
    chosen = erased.among("user", some, known)
    for user_id in chosen:
        states.close(queries.row(user_id, lock=True))
    return len(chosen)


def _purge(some: list[uuid.UUID], known: set[str]) -> int:
    chosen = erased.among("post", some, known)
    for post_id in chosen:
        posts.purge(post_id)
    return len(chosen)


def _show() -> int:
    """Copy photos into the public bucket that lie there by their rows. Returns how many were not there yet."""
    shown, after = 0, None
    with ThreadPoolExecutor(backup.THREADS) as pool:
        while found := edge.command(partial(_public, after)):
            shown += sum(pool.map(_copy_out, found))
            after = found[-1].id
    return shown


def _public(after: uuid.UUID | None) -> list[Media]:
    which = [media.is_public, media_queries.of_who_stays(), *([media.id > after] if after else [])]
    return list(db.session().scalars(select(Media).where(*which).order_by(media.id).limit(_AT_ONCE)))


def _copy_out(photo: Media) -> bool:
    there = backup.patient(partial(storage.here().listed, "public", f"{photo.public_key}/"))
    whole = len(there) >= len(photo.public_keys())
    if not whole and backup.patient(partial(storage.here().has, "private", photo.variant_keys()[0])):
        backup.patient(partial(media_actions.copy_out, photo))
        return True
    return False


def _reconcile() -> int:
    """Compare rows, objects and counters, and say where they differ. Returns how many objects are missing."""
    drifted: Counter[str] = sum((counting.count(name, repair=True) for name in counters.PARTS), Counter())
    _, _, missing = photos.compare(timedelta(minutes=-5))
    counted = ", ".join(f"{name} {number}" for name, number in sorted(drifted.items()))
    click.echo(f"Counters: {'repaired ' + counted if counted else 'all as their rows say'}.")
    if missing:
        click.echo("What is missing was not in the backup. The clock makes photos anew whose original is there.")
    click.echo("Start web, worker and cron, then ask the doctor.")
    return missing
