"""`flask doctor`: ask every part, go once through the whole site, and say in plain words what to mend."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import with_appcontext

from webapp.commands import checkup, machine
from webapp.core import cache, db, mailer, storage
from webapp.settings import Settings
from webapp.web import edge

OK, NOTE, ILL = "ok", "note", "ILL"


class Found(NamedTuple):
    """What an examination found. `words`: what is so, and what to mend."""

    state: str
    words: str


Examination = Callable[[Settings], Iterator[Found]]


@click.command("doctor")
@click.option("--mail-to", metavar="ADDRESS", help="Also send a mail to this address.")
@click.option("--wait", default=15, show_default=True, type=click.IntRange(0, 120), help="Seconds to wait for a job.")
@with_appcontext
def doctor(mail_to: str | None, wait: int) -> None:
    """Ask every part whether it does its work, and say what to mend.

    Database, replica, roles, tables, Redis, the queue with a worker and the clock, storage with what browsers may do
    there, mail, pushes, the machine. Writes one small object and one job, and takes both away again. Run it where `web`
    runs. Ends with code 1 if something is ill; a note is worth reading and harms nobody yet.
    """
    settings: Settings = current_app.config["SETTINGS"]
    ill = 0
    for part, examine in _examinations(mail_to, wait).items():
        for found in _examined(examine, settings):
            ill += found.state == ILL
            click.echo(f"{part:10} {found.state:5} {found.words}")
    if ill:
        click.echo(f"\n{ill} to mend.")
        raise SystemExit(1)


def _examinations(mail_to: str | None, wait: int) -> dict[str, Examination]:
    return {
        "settings": _settings, "database": _database, "replica": _replica, "tables": _tables, "roles": _roles,
        "redis": _redis, "queue": lambda settings: _queue(wait), "clock": _clock, "storage": _storage,
        "browsers": _browsers, "mail": lambda settings: _mail(settings, mail_to), "push": _push, "machine": _machine,
        "backups": _backups,
    }  # fmt: skip


def _examined(examine: Examination, settings: Settings) -> Iterator[Found]:
    """Go through one examination; one that breaks down is a finding, too."""
    try:
        yield from examine(settings)
    except checkup.Ill as error:
        yield Found(ILL, str(error))
    except Exception as error:  # whatever it is: the others go on
        said = next(iter(str(error).splitlines()), "")
        yield Found(ILL, f"could not be examined: {type(error).__name__}: {said[:200]}")


def _settings(settings: Settings) -> Iterator[Found]:
    if not settings.secure and not urlsplit(settings.base_url).netloc.startswith(("127.0.0.1", "localhost")):
        yield Found(NOTE, f"BASE_URL is {settings.base_url}: without https:// passwords travel readable, and browsers "
                          "keep passkeys, pushes and the app from it.")  # fmt: skip
    else:
        yield Found(OK, settings.base_url)


def _database(_settings: Settings) -> Iterator[Found]:
    if not db.alive():
        raise checkup.Ill("does not answer. Check DATABASE_URL, and that PostgreSQL runs.")
    version, away = edge.command(checkup.database)
    state = ILL if version < 150000 else OK
    yield Found(state, f"PostgreSQL {version // 10000}" + (": version 15 or later is needed." if state == ILL else ""))
    yield from _time("database", away)


def _time(part: str, seconds: float) -> Iterator[Found]:
    if abs(seconds) > 30:
        raise checkup.Ill(f"its clock and this machine's are {abs(seconds):.0f} s apart. Let both be set by NTP: links "
                          f"to photographs and stories end by the clock. ({part})")  # fmt: skip
    if abs(seconds) > 2:
        yield Found(NOTE, f"its clock and this machine's are {abs(seconds):.0f} s apart. Let both be set by NTP.")


def _replica(settings: Settings) -> Iterator[Found]:
    if not settings.database_replica_url:
        return
    found = checkup.replica(settings.db_replica_lag)
    if found == "away":
        raise checkup.Ill("does not answer, or is no replica; the primary does its work meanwhile. Check "
                          "DATABASE_REPLICA_URL, and that it runs as a standby.")  # fmt: skip
    if found == "behind":
        raise checkup.Ill(f"is more than {settings.db_replica_lag:g} s behind, and not asked. Look at "
                          "pg_stat_replication on the primary.")  # fmt: skip
    yield Found(OK, "follows the primary")


def _tables(_settings: Settings) -> Iterator[Found]:
    have, want = edge.command(checkup.revisions)
    if have != want:
        raise checkup.Ill(f"are at {have or 'nothing'}, this version needs {want}. Run: flask --app wsgi db upgrade")
    yield Found(OK, f"at {have}")


def _roles(settings: Settings) -> Iterator[Found]:
    rights = edge.command(checkup.rights)
    if rights and settings.migration_database_url:
        raise checkup.Ill(f"the role of DATABASE_URL may {', '.join(rights)} the record of moderation. Give it a role "
                          "that owns nothing, then run: flask --app wsgi db upgrade")  # fmt: skip
    if rights:
        yield Found(NOTE, "one role owns the tables and serves the site, so whoever breaks in can change the record "
                          "of moderation. With MIGRATION_DATABASE_URL there are two.")  # fmt: skip
    else:
        yield Found(OK, "the record of moderation can't be changed by the application")


def _redis(_settings: Settings) -> Iterator[Found]:
    if not cache.alive():
        raise checkup.Ill("does not answer. Check REDIS_URL, and that Redis or Valkey runs.")
    yield Found(OK, checkup.redis())


def _queue(wait: int) -> Iterator[Found]:
    depth = edge.command(checkup.depth)
    waiting = f"{depth['queued']} wait, {depth['running']} run, {depth['failed']} failed"
    if depth["failed"]:
        yield Found(NOTE, f"{waiting}. Look at those that failed under /admin/jobs.")
    if wait == 0:
        return
    began = time.monotonic()
    if not checkup.round_trip(wait):
        raise checkup.Ill(f"no worker took a job within {wait} s ({waiting}). Start one: python -m jobs.worker")
    yield Found(OK, f"a job went to a worker and back in {time.monotonic() - began:.1f} s")


def _clock(_settings: Settings) -> Iterator[Found]:
    seconds, failing = edge.command(checkup.last_run)
    if seconds is None or seconds > 180:
        since = "has never done anything" if seconds is None else f"has been still for {seconds // 60:.0f} minutes"
        raise checkup.Ill(f"{since}: nothing expires, nothing is sent again. Start it: python -m cron")
    for name, error in failing:
        yield Found(NOTE, f"{name} failed the last time: {error}")
    yield Found(OK, f"went {seconds:.0f} s ago")


def _storage(_settings: Settings) -> Iterator[Found]:
    for bucket in ("private", "public"):
        if not checkup.bucket(bucket):
            raise checkup.Ill(f"the {bucket} bucket {storage.here().name(bucket)} does not answer. Check "
                              "S3_ENDPOINT_URL, the keys, and that both buckets exist.")  # fmt: skip
    yield from _time("storage", checkup.storage_time())
    yield Found(OK, "both buckets answer")
    for words in checkup.round_through_storage():
        yield Found(ILL, words)


def _browsers(settings: Settings) -> Iterator[Found]:
    wrong = checkup.browsers(settings.base_url)
    for words in wrong:
        yield Found(ILL, words)
    if not wrong:
        yield Found(OK, "may put photographs into the private bucket, and only that")


def _mail(settings: Settings, mail_to: str | None) -> Iterator[Found]:
    if not settings.mail_url and not settings.mail_folder:
        yield Found(NOTE, "off: nobody can be mailed, so a forgotten password is lost. Set MAIL_URL.")
        return
    if not mailer.here().alive():
        raise checkup.Ill("the server does not answer, or refuses us. Check MAIL_URL: name, port, user, password.")
    yield Found(OK, "the server answers" if settings.mail_url else f"goes into the folder {settings.mail_folder}")
    if mail_to:
        checkup.mail(mail_to, settings.site_name, settings.base_url)
        yield Found(OK, f"one was handed over for {mail_to}. If it does not arrive, look at SPF and DKIM of MAIL_FROM.")


def _push(settings: Settings) -> Iterator[Found]:
    if not settings.vapid_private_key:
        yield Found(NOTE, "off. `make-push-key` makes the key for VAPID_PRIVATE_KEY.")
    elif not settings.push_subject.startswith(("mailto:", "https://")):
        raise checkup.Ill("VAPID_SUBJECT is missing: some push services refuse us without a way to reach you.")
    else:
        yield Found(OK, f"signed, reachable by {settings.push_subject}")


def _machine(_settings: Settings) -> Iterator[Found]:
    wrong: list[tuple[bool, str]] = machine.examine()
    for ill, words in wrong:
        yield Found(ILL if ill else NOTE, words)
    if not wrong:
        yield Found(OK, machine.summary())


def _backups(settings: Settings) -> Iterator[Found]:
    server = edge.command(checkup.database)[0] // 10000
    found = machine.program("pg_dump", server)
    if found is None:
        yield Found(NOTE, f"pg_dump {server} or later is not here, so `backup` needs --database (docs/operations.md).")
    else:
        yield Found(OK, f"`backup` will use {found}")
