"""Commands about photos: make them anew, and compare storage with the rows."""

import time
import uuid
from collections.abc import Iterator
from datetime import timedelta

import click
from sqlalchemy import func, select

from webapp.commands import people
from webapp.core import clock, db, outbox
from webapp.core.errors import AppError, NotFound
from webapp.media import strays
from webapp.models import Media
from webapp.web import edge

media = Media.__table__.c
entries = outbox.Outbox.__table__.c
_JOB = "jobs.media.remake"
_AT_ONCE = 50
_WAITING = 100  # jobs on the queue; people's photos come in between


@click.command("reprocess-media")
@click.option("--id", "media_id", type=click.UUID, help="This photo alone.")
@click.option("--user", help="All photos of this person, by name or id.")
@click.option("--all", "everything", is_flag=True, help="All photos.")
@click.option("--after", type=click.UUID, help="Go on after this photo: what a run that was cut off said last.")
def reprocess_media(media_id: uuid.UUID | None, user: str | None, everything: bool, after: uuid.UUID | None) -> None:
    """Make the variants of photos anew out of their originals, in place: addresses stay.

    The worker does it, through the queue, of which never more than a hundred are taken, so that new photos do not wait.
    A run that is cut off is taken up with --after.
    """
    if sum((media_id is not None, user is not None, everything)) != 1:
        raise click.UsageError("Say which photos: one of --id, --user and --all.")
    try:
        chosen = edge.command(lambda: _chosen(media_id, user))
        done = 0
        for batch in _batches(chosen, after):
            _wait_for_room()
            edge.command(lambda batch=batch: [outbox.enqueue(_JOB, one) for one in batch])
            done += len(batch)
            click.echo(f"{done} on the queue, up to {batch[-1]}")
    except AppError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"{done} photos are made anew." if done else "There is nothing to make anew.")


def _chosen(media_id: uuid.UUID | None, user: str | None) -> list:
    if media_id is not None:
        if db.scalar(select(media.id).where(media.id == media_id)) is None:
            raise NotFound("There is no such photo.")
        return [media.id == media_id]
    if user is None:
        return []
    return [media.owner_id == people.id_of(user)]


def _batches(which: list, after: uuid.UUID | None) -> Iterator[list[uuid.UUID]]:
    while True:
        following = select(media.id).where(media.status == "ready", *which).order_by(media.id).limit(_AT_ONCE)
        asked = following.where(media.id > after) if after else following
        found = edge.command(lambda asked=asked: [row.id for row in db.rows(asked)])
        if not found:
            return
        yield found
        after = found[-1]


def _wait_for_room() -> None:
    waiting = select(func.count()).where(entries.job == _JOB, entries.status.in_(("queued", "running")))
    while edge.command(lambda: db.scalar(waiting)) + _AT_ONCE > _WAITING:
        time.sleep(0.5)


@click.command("strays")
@click.option("--delete", "remove", is_flag=True, help="Delete objects that have no row and are older than a day.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def strays_of_storage(remove: bool, yes: bool) -> None:
    """Compare every object in both buckets with the rows: objects without rows, photos without objects.

    The clock does the same in slices, and deletes what had no row a day ago, unless it is more than a tenth of all.
    """
    try:
        _, lost, missing = compare(strays.GRACE)
        if remove and lost:
            if not yes:
                click.confirm(f"Delete {lost} objects that have no row?", abort=True)
            gone = 0
            while some := edge.command(lambda: strays.delete_some(clock.now() + timedelta(seconds=1))):
                gone += some
            click.echo(f"{gone} objects are deleted.")
    except AppError as error:
        raise click.ClickException(error.sentence) from error
    if missing:
        raise SystemExit(2)


def compare(grace: timedelta) -> tuple[int, int, int]:
    """Compare everything, write down and say what was found. Returns objects, strays, and photos that lack some."""
    counted = {"stray": 0, "missing": 0}

    def note(found: strays.Found) -> None:
        counted["stray"] += len(found.strays)
        counted["missing"] += len(found.missing)
        edge.command(lambda: strays.write_down(found))
        for key in found.missing[:20]:
            click.echo(f"missing  {found.bucket}/{key}")

    total = _all(note, grace)
    click.echo(f"{total} objects; {counted['stray']} without a row; {counted['missing']} missing")
    return total, counted["stray"], counted["missing"]


def _all(note, grace: timedelta) -> int:
    at = strays.Round()
    while not at.rounds:
        note(edge.command(lambda: strays.look(at, grace)))
    return at.last
