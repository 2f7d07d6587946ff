"""What the doctor does to each part: small, bounded, and taken away again."""

import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import select, text

from webapp.core import cache, clock, db, ids, mailer, outbox, runs, storage
from webapp.core import replica as there
from webapp.core.outbox import Outbox
from webapp.web import edge

_PATIENCE = 8  # seconds
_BODY = b"Is anybody there?"
_TYPE = "image/jpeg"


class Ill(Exception):
    """Something to mend, in words."""


def database() -> tuple[int, float]:
    """Return the server's version, and by how many seconds its clock is ahead of ours."""
    row = db.row(text("SELECT current_setting('server_version_num')::int AS version, clock_timestamp() AS now"))
    return row.version, (row.now - clock.now()).total_seconds()


def replica(lag: float) -> str:
    """Tell how the replica is: ok, away, or behind, if it does not get within `lag` seconds to where the primary is."""
    end = time.monotonic() + lag
    while (found := there.alive()) == "behind" and time.monotonic() < end:
        time.sleep(0.2)
    return found


def knows(revision: str | None) -> bool:
    """Tell whether this version has the migration that tables are at."""
    return revision is None or revision in {one.revision for one in _migrations().walk_revisions()}


def _migrations() -> ScriptDirectory:
    return ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())


def revisions() -> tuple[str | None, str | None]:
    """Return the migration that the tables are at, and the one that this version needs."""
    want = _migrations().get_current_head()
    there = db.scalar(text("SELECT to_regclass('alembic_version')"))
    return (db.scalar(text("SELECT version_num FROM alembic_version")) if there else None), want


def rights() -> list[str]:
    """Return what the application's role may do to the record of moderation and should not."""
    asked = text("SELECT has_table_privilege('audit_entries', :right)")
    return [right.lower() for right in ("UPDATE", "DELETE", "TRUNCATE") if db.scalar(asked, {"right": right})]


def redis() -> str:
    """Say which Redis it is. Ill if it forgets what it is told when memory is short."""
    told: Any = cache.client().info()
    name = "Valkey" if "valkey_version" in told else "Redis"
    if str(told.get("maxmemory_policy", "")).startswith("allkeys"):
        raise Ill("throws away jobs when memory is short (maxmemory-policy). Set it to volatile-lru.")
    return f"{name} {told.get('valkey_version') or told['redis_version']}"


def depth() -> dict[str, int]:
    """Return how many jobs wait, run and have failed."""
    return outbox.depth()


def round_trip(seconds: float) -> bool:
    """Send a job that does nothing, and wait until a worker has done it."""
    job_id = edge.command(lambda: outbox.enqueue("jobs.clock.nothing"))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if edge.command(lambda: _status(job_id)) in ("done", None):
            return True
        time.sleep(0.1)
    return False


def _status(job_id: uuid.UUID) -> str | None:
    found: str | None = db.scalar(select(Outbox.status).where(Outbox.id == job_id))
    return found


def last_run() -> tuple[float | None, list[tuple[str, str]]]:
    """Return how many seconds ago the clock went last, and what failed the last time."""
    found = runs.listed()
    newest = max((row.started_at for row in found), default=None)
    failing = [(row.name, row.error or row.outcome) for row in found if row.outcome in ("failed", "lost")]
    return (clock.now() - newest).total_seconds() if newest else None, failing


def bucket(name: str) -> bool:
    """Tell whether a bucket answers us."""
    here = storage.here()
    return here.exists(name)


def storage_time() -> float:
    """Return by how many seconds the clock of storage is ahead of ours."""
    said = _ask("GET", storage.here().access.endpoint).headers.get("Date")
    return (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds() if said else 0.0


def round_through_storage() -> Iterator[str]:
    """Put a small object, read it, show it to everybody, take it back. Yields what went wrong."""
    here, name = storage.here(), ids.new()
    key, public = f"doctor/{name}", f"doctor-{name}/photo.jpg"
    try:
        here.put(key, _BODY, _TYPE)
        if here.get(key, 100) != _BODY:
            yield "what was put into the private bucket is not what comes back."
        if _ask("GET", f"{here.access.endpoint.rstrip('/')}/{here.access.private}/{key}").status == 200:
            yield "anybody may read the private bucket. Take its public access away at once."
        here.publish(key, public)
        yield from _seen(here.public_url(public))
    finally:
        here.unpublish([public])
        here.remove([key])
    if here.size(key) is not None or here.has("public", public):
        yield "what is deleted stays. The key needs the right to delete in both buckets."


def _seen(url: str) -> Iterator[str]:
    until = time.monotonic() + 5
    while (answer := _ask("GET", url)).body != _BODY and time.monotonic() < until:
        time.sleep(0.3)  # some servers look only now and then
    if answer.body != _BODY:
        yield f"public photographs can't be read under MEDIA_BASE_URL: {url} answers {answer.status}."
    listing = _ask("GET", url.rsplit("/", 2)[0] + "/")
    if b"ListBucketResult" in listing.body:
        yield "anybody may list the public bucket, and so find every public photograph. Take that right away."


def browsers(base_url: str) -> list[str]:
    """Do what a browser does that uploads: ask whether it may, then put. Returns what went wrong."""
    here, parts = storage.here(), urlsplit(base_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    key = f"doctor/{ids.new()}"
    url = here.signed_put(key, _TYPE, len(_BODY), 60)
    asked = {
        "Origin": origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type",
    }  # fmt: skip
    wrong = [*_refusals(_ask("OPTIONS", url, headers=asked), origin)]
    try:
        answer = _ask("PUT", url, _BODY, {"Origin": origin, "Content-Type": _TYPE})
        if answer.status >= 300:
            wrong.append(f"a signed upload is answered with {answer.status}. Check keys, region, and the clocks.")
        elif answer.headers.get("Access-Control-Allow-Origin") not in ("*", origin):
            wrong.append(f"CORS of the private bucket: the answer to an upload does not allow {origin}.")
    finally:
        here.remove([key])
    return wrong


def _refusals(answer: "Answer", origin: str) -> Iterator[str]:
    allowed = {
        name: answer.headers.get(f"Access-Control-Allow-{name}", "") for name in ("Origin", "Methods", "Headers")
    }
    advice = "Set CORS of the private bucket: docs/operations.md, “Another S3”."
    if answer.status >= 300 or allowed["Origin"] not in ("*", origin):
        yield f"browsers may not upload from {origin}: storage answers {answer.status} to their question. {advice}"
        return
    if "PUT" not in allowed["Methods"].upper() and allowed["Methods"] != "*":
        yield f"browsers may not PUT (allowed: {allowed['Methods'] or 'nothing'}). {advice}"
    if "content-type" not in allowed["Headers"].lower() and allowed["Headers"] != "*":
        yield f"browsers may not send Content-Type (allowed: {allowed['Headers'] or 'nothing'}). {advice}"


def mail(to: str, site: str, base_url: str) -> None:
    """Send a mail. Ill if it is refused."""
    letter = mailer.Letter(ids.new(), "doctor", to, {}, clock.now())
    plain = f"This mail was sent by `doctor` of {site}, {base_url}. Mails leave this site."
    try:
        message = mailer.compose(letter, f"{site}: mails work", plain, f"<p>{plain}</p>")
        mailer.here().send(message, name=f"doctor-{letter.id}")
    except mailer.Undeliverable as error:
        raise Ill(f"the mail to {to} was refused: {error}") from error


class Answer:
    """What came back over HTTP."""

    def __init__(self, status: int, headers: Any, body: bytes):
        self.status, self.headers, self.body = status, headers, body


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        """Follow nobody elsewhere."""


_opener = urllib.request.build_opener(_Stay())


def _ask(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    if urlsplit(url).scheme not in ("http", "https"):
        raise Ill(f"{url} is no address of the web.")
    request = urllib.request.Request(url, body, headers or {}, method=method)  # noqa: S310 (http and https alone)
    try:
        with _opener.open(request, timeout=_PATIENCE) as answer:
            return Answer(answer.status, answer.headers, answer.read(1 << 16))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read(1 << 16))
    except (urllib.error.URLError, OSError) as error:
        raise Ill(f"{urlsplit(url).netloc} can't be reached from here: {error}") from error
