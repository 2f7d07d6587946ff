"""Photos: process what was uploaded, erase what is gone."""

import uuid
from collections.abc import Callable
from functools import partial

import jobs
from webapp.core import db, log, metrics, outbox, storage
from webapp.media import actions, queries, sandbox
from webapp.media.formats import MAX_BYTES, Processed, Rejected
from webapp.messages import actions as messages
from webapp.models import Media
from webapp.models.media import private_key
from webapp.policy import hashes
from webapp.posts import actions as posts
from webapp.stories import actions as stories
from webapp.users import actions as users

_OLD = 20  # photos of before their looks were known, of which a minute finds out
_LOST = "The photo did not arrive in storage. Please upload it again."
_BROKEN = "Something went wrong on our side while preparing this photo. Try again, or choose another one."


def process(media_id: str) -> Callable[[], None] | None:
    """Make the variants of an uploaded photo. A file that is no photo fails with a sentence, not with a trace."""
    media = queries.find(uuid.UUID(media_id))
    if media is None or media.status != "processing":
        return None
    limits = jobs.app().config["SETTINGS"]
    bucket = storage.here()
    original = bucket.get(media.incoming, MAX_BYTES) or bucket.get(media.original, MAX_BYTES)
    if original is None:
        metrics.image_errors.labels("lost").inc()
        return partial(_failed, media.id, _LOST)
    try:
        with metrics.image_seconds.time():
            made = sandbox.process(original, seconds=limits.job_seconds * 0.8, megabytes=limits.decode_megabytes)
    except Rejected as refusal:
        metrics.image_errors.labels(refusal.code).inc()
        log.get().info("photo refused", code=refusal.code, media_id=media_id)
        return partial(_failed, media.id, refusal.sentence)
    actions.store(media, original, made)
    return partial(_finished, media.id, made)


def _finished(media_id: uuid.UUID, made: Processed) -> None:
    media = actions.finish(media_id, made)
    if media is not None:
        _go_on(media)


def _failed(media_id: uuid.UUID, sentence: str) -> None:
    media = actions.fail(media_id, sentence)
    if media is not None:
        _go_on(media)


def _go_on(media: Media) -> None:
    """Tell the rooms above that use the photo."""
    if media.purpose == "avatar":
        users.advance(media)
    elif media.purpose == "story":
        stories.advance(media)
    elif media.purpose == "message":
        messages.advance(media)
    else:
        posts.advance(media)


def _give_up(media_id: str) -> None:
    metrics.image_errors.labels("fault").inc()
    _failed(uuid.UUID(media_id), _BROKEN)


process.on_failure = _give_up


def compare_old() -> int:
    """Find out how some older photos look, of which nobody knows it yet. Returns how many."""
    jobs.app()
    with db.unit(reading=True, make=jobs.session_factory[0]):
        waiting = [row.id for row in hashes.unknown(_OLD)]
    for media_id in waiting:
        known = _looks(media_id)
        jobs.now(partial(actions.enter_looks, media_id, known))
    return len(waiting)


def _looks(media_id: uuid.UUID) -> int:
    """Decode a photo's small picture once more. What can't be read any more looks like nothing."""
    found = storage.here().get(private_key(media_id, "small", "jpg"), MAX_BYTES)
    try:
        return sandbox.process(found).looks if found else hashes.FLAT
    except Rejected:
        return hashes.FLAT


def erase(bucket: str, *keys: str) -> None:
    """Delete objects of one bucket."""
    actions.erase(bucket, list(keys))


def remake(media_id: str) -> Callable[[], None] | None:
    """Make the variants of a photo anew out of its original, in place; also its copies, if it lies in the public."""
    media = queries.find(uuid.UUID(media_id))
    if media is None or media.status != "ready":
        return None
    original = storage.here().get(media.original, MAX_BYTES)
    if original is None:
        log.get().warning("photo has no original", media_id=media_id)
        return None
    limits = jobs.app().config["SETTINGS"]
    try:
        made = sandbox.process(original, seconds=limits.job_seconds * 0.8, megabytes=limits.decode_megabytes)
    except Rejected as refusal:  # taken once, refused by the rules of today: it stays as it is
        log.get().warning("photo not made anew", code=refusal.code, media_id=media_id)
        return None
    actions.store(media, original, made)
    if media.is_public:
        actions.copy_out(media)
    return partial(_remade, media.id, made, media.public_key if media.is_public else None)


def _remade(media_id: uuid.UUID, made: Processed, copied: str | None) -> None:
    media = actions.remake(media_id, made)
    if copied is not None and (media is None or not media.is_public or media.public_key != copied):
        actions.withdraw([copied])  # it was deleted or hidden meanwhile
    elif media is not None and media.is_public and copied is None:
        outbox.enqueue("jobs.media.remake", media_id)  # it was shown meanwhile, with the old copies
    if media is not None and media.post_id is not None:
        posts.touch(media.post_id)
