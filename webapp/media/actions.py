"""Writes of photos: start an upload, take it in, finish or fail it, show it and take it back."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any

from sqlalchemy import bindparam, insert, or_, select, update
from werkzeug.datastructures import FileStorage

from webapp.core import clock, crypto, db, ids, outbox, storage
from webapp.core.errors import Conflict, Invalid, Refused
from webapp.media import queries
from webapp.media.formats import MAX_BYTES, MOST_BYTES, Processed
from webapp.media.shapes import Accepted, Upload, UploadTarget
from webapp.models import Media, User
from webapp.models.media import copies, incoming
from webapp.policy import hashes
from webapp.visibility import Viewer

_UPLOAD_MINUTES = [15]
_BLOCKED = "This photo can't be used here: moderators of this site have blocked it. Choose another one."
_TOO_LARGE = "This photo is larger than 10 MB. Choose a smaller one."


def configure(*, upload_minutes: int) -> None:
    """Set how long a presigned upload stays valid."""
    _UPLOAD_MINUTES[:] = [upload_minutes]


def start_upload(viewer: Viewer, *, content_type: str, size: int, purpose: str) -> Upload:
    """Make a row and sign a PUT of exactly this type and length. The bytes never pass through here."""
    storage.here().check()
    media_id, now, seconds = ids.new(), clock.now(), _UPLOAD_MINUTES[0] * 60
    what = {"purpose": purpose, "content_type": content_type, "size": size, "public_key": crypto.token(15)}
    db.along(_begun(), {"media_id": media_id, "viewer_id": viewer.id, "now": now, **what})
    url = storage.here().signed_put(incoming(media_id), content_type, size, seconds)
    expires = now + timedelta(seconds=seconds)
    return Upload(media_id, UploadTarget("PUT", url, {"Content-Type": content_type}, expires))


@db.prepared
def _begun() -> Any:
    own: dict[str, Any] = {
        "id": bindparam("media_id"),
        "owner_id": bindparam("viewer_id"),
        "created_at": bindparam("now"),
    }
    asked: dict[str, Any] = {name: bindparam(name) for name in ("purpose", "content_type", "size", "public_key")}
    fresh = {"type": "image", "status": "pending", "alt": "", "is_public": False, "position": 0, "in_use": False}
    return insert(Media.__table__).values(**own, **asked, **fresh)


def complete(viewer: Viewer, media_id: uuid.UUID) -> Accepted:
    """Take in what was sent and have it processed. Calling it again changes nothing."""
    arrived = storage.here().size(incoming(media_id))  # before the row is locked: storage may be slow
    media = queries.get(viewer, media_id, lock=True)
    if media.status == "pending":
        if arrived != media.size:
            raise Conflict("The photo has not arrived yet, or not all of it. Send it again, then say it is complete.")
        _process(media)
    return Accepted(media.id, "processing")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file of a plain form that lies in storage, and of which no row knows yet."""

    id: uuid.UUID
    content_type: str
    size: int


def stow(files: Sequence[FileStorage]) -> list[Arrived]:
    """Stream the files of a plain form to storage. Before anything is asked of the database: it may take long.

    What no row comes to know is swept after a day.
    """
    sizes = [_measure(file.stream) for file in files]  # all of them, before the first is stored
    if sum(sizes) > MOST_BYTES:
        raise Refused("These photos are more than 40 MB together. Send fewer or smaller ones.", status=413)
    arrived = [
        Arrived(ids.new(), file.mimetype[:100] or "unknown", size) for file, size in zip(files, sizes, strict=True)
    ]
    for one, file in zip(arrived, files, strict=True):
        storage.here().put(incoming(one.id), file.stream, "application/octet-stream")
    return arrived


def receive(viewer: Viewer, one: Arrived, *, purpose: str) -> Media:
    """Take a file of a plain form in that is stored: from here on it goes the same way as any upload."""
    media = Media(id=one.id, owner_id=viewer.id, purpose=purpose, content_type=one.content_type, size=one.size)
    db.add(media)
    _process(media)
    return media


def _measure(file: IO[bytes]) -> int:
    """Return a file's size. Invalid if it is empty or too large."""
    size = file.seek(0, 2)
    file.seek(0)
    if size > MAX_BYTES:
        raise Invalid({"photo": [_TOO_LARGE]})
    if size == 0:
        raise Invalid({"photo": ["This file is empty. Choose another one."]})
    return size


def _process(media: Media) -> None:
    media.status = "processing"
    media.error = None
    db.session().flush()
    outbox.enqueue("jobs.media.process", media.id)


def reprocess(media: Media) -> None:
    """Have a photo processed once more."""
    _process(media)


def remove(viewer: Viewer, media_id: uuid.UUID) -> None:
    """Delete one's own photo that nothing uses. Conflict if a post or the profile shows it."""
    media = queries.get(viewer, media_id, lock=True)
    users = User.__table__.c
    used = or_(users.avatar_id == media.id, users.next_avatar_id == media.id)
    is_avatar = db.scalar(select(users.id).where(used)) is not None
    if media.post_id is not None or media.in_use or is_avatar:
        raise Conflict("A post, a story, a message or your profile shows this photo. Remove it there first.")
    discard(media)


def discard(media: Media) -> None:
    """Delete a row, and its objects after the commit."""
    keys = [media.incoming, media.original, *media.variant_keys()]
    outbox.enqueue("jobs.media.erase", "private", *keys)
    outbox.enqueue("jobs.media.erase", "public", *media.public_keys())
    db.session().delete(media)
    db.session().flush()


def store(media: Media, original: bytes, made: Processed) -> None:
    """Write the original and its variants under keys that no upload can reach. May run twice."""
    bucket = storage.here()
    bucket.put(media.original, original, "application/octet-stream")
    for variant in made.variants:
        kind = "image/webp" if variant.format == "webp" else "image/jpeg"
        bucket.put(f"variants/{media.id}/{variant.name}.{variant.format}", variant.data, kind)


def finish(media_id: uuid.UUID, made: Processed) -> Media | None:
    """Mark a photo ready; an avatar or a message's that is blocked fails. None if it was removed meanwhile."""
    media = queries.locked(media_id)
    if media is None:
        return None
    media.looks = made.looks
    if media.purpose in ("avatar", "message") and _is_blocked(media):
        return fail(media_id, _BLOCKED)
    media.status, media.error = "ready", None
    media.width, media.height, media.placeholder = made.width, made.height, made.placeholder
    media.processed_at = clock.now()
    db.session().flush()
    outbox.enqueue("jobs.media.erase", "private", media.incoming)
    return media


def _is_blocked(media: Media) -> bool:
    """Tell whether a photo looks like one that moderators blocked; they hear of it. Posts and stories hold theirs."""
    known = hashes.match(media.looks)
    if known is not None:
        hashes.hit(known.id)
        outbox.enqueue("jobs.moderation.open", "user", media.owner_id, "hash", known.note)
    return known is not None


def enter_looks(media_id: uuid.UUID, known: int) -> None:
    """Note how an older photo looks."""
    table = Media.__table__
    db.execute(update(table).where(table.c.id == media_id).values(looks=known))


def fail(media_id: uuid.UUID, sentence: str) -> Media | None:
    """Mark a photo failed, with a reason for its owner."""
    media = queries.locked(media_id)
    if media is None or media.status == "ready":
        return None
    media.status, media.error, media.processed_at = "failed", sentence, clock.now()
    db.session().flush()
    return media


def remake(media_id: uuid.UUID, made: Processed) -> Media | None:
    """Write down how a photo came out that was made anew, status and place unchanged. None if it is gone."""
    media = queries.locked(media_id)
    if media is None or media.status != "ready":
        return None
    media.width, media.height, media.placeholder, media.looks = made.width, made.height, made.placeholder, made.looks
    media.processed_at = clock.now()
    db.session().flush()
    return media


def copy_out(media: Media) -> None:
    """Copy the variants into the public bucket. May run twice."""
    for key, public_key in zip(media.variant_keys(), media.public_keys(), strict=True):
        storage.here().publish(key, public_key)


def conceal(found: list[Media]) -> None:
    """Take photos out of the public: rows at once, objects right after the commit.

    Their public addresses are never used again: the deletion of the old objects may still be on its way when somebody
    shows the photos anew.
    """
    withdraw([media.public_key for media in found])
    for media in found:
        media.is_public, media.public_key = False, crypto.token(15)
    db.session().flush()


def withdraw(public_keys: Iterable[str]) -> None:
    """Delete the copies under these public keys, right after the commit."""
    names = [name for key in public_keys for name in copies(key)]
    if names:
        outbox.enqueue("jobs.media.erase", "public", *names)


def erase(bucket: str, keys: list[Any]) -> None:
    """Delete objects of one bucket. Those that are gone already are fine."""
    here = storage.here()
    (here.unpublish if bucket == "public" else here.remove)(keys)


def sweep() -> int:
    """Remove uploads that were never completed or used within a day. Returns how many."""
    found = queries.abandoned()
    for media in found:
        discard(media)
    return len(found)


def sweep_incoming() -> int:
    """Remove what lies in `incoming/` for a day with nobody waiting for it. Returns how many.

    A presigned address can be used again until it expires, and a request can fail after its file was stored.
    """
    here = storage.here()
    old = here.older("incoming/", clock.now() - timedelta(days=1))
    waiting = queries.waiting([key.removeprefix("incoming/") for key in old])
    gone = [key for key in old if key.removeprefix("incoming/") not in waiting]
    here.remove(gone)
    return len(gone)
