"""Writes of one's own profile."""

import uuid
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage

from webapp.core import clock, crypto, db, outbox, retention, sessions
from webapp.core.errors import Invalid, NotFound
from webapp.media import actions as media_actions
from webapp.media import queries as media_queries
from webapp.models import Media, PastUsername, User, UserSettings
from webapp.policy import screening
from webapp.users import queries, shapes, words
from webapp.users.schemas import ProfileChange, SettingsChange
from webapp.visibility import Viewer

_RESERVED_FOR = timedelta(days=30)
_MOST_RESERVED = 5  # names that one person gave up: each is kept from everybody else
_DAY = timedelta(days=1)
_TAKEN = "This name is taken. Choose another one."
_ENOUGH = f"You have given up {_MOST_RESERVED} names within 30 days. Take one of them back, or wait a while."
_SCREENED = ("display_name", "bio", "username")


def edit(viewer: Viewer, change: ProfileChange) -> None:
    """Change one's profile; what was left out stays.

    Whether the account is private counts from the commit on; jobs bring photos and requests into line with it.
    """
    user = queries.row(viewer.id, lock=True)
    said = {name: getattr(change, name) for name in _SCREENED if getattr(change, name) != getattr(user, name)}
    fresh = [link for link in change.links or [] if link not in user.links]
    screening.refuse(viewer, **said, links="\n".join(fresh))
    values = change.model_dump(exclude_none=True)
    if values.get("is_private", user.is_private) != user.is_private:
        outbox.enqueue("jobs.users.settle", user.id)
        outbox.enqueue("jobs.graph.settle", user.id)
        sessions.refresh_all()
    username = values.pop("username", user.username)
    for name, value in values.items():
        setattr(user, name, value)
    if username != user.username:
        _rename(user, username)
    db.session().flush()
    words.enter(user.id, user.username, user.display_name)
    sessions.refresh(user.id)


def _rename(user: User, username: str) -> None:
    """Take another name; the old one stays reserved and leads here. Invalid if it would be one too many."""
    if queries.taken(username, by_other_than=user.id):
        raise Invalid({"username": [_TAKEN]})
    past = PastUsername.__table__
    db.execute(delete(past).where(past.c.username == username))
    mine = select(func.count()).where(past.c.user_id == user.id, past.c.until > clock.now())
    if db.scalar(mine) >= _MOST_RESERVED:
        raise Invalid({"username": [_ENOUGH]})
    until = clock.now() + _RESERVED_FOR
    kept = insert(past).values(username=user.username, user_id=user.id, until=until)
    db.execute(kept.on_conflict_do_update(index_elements=["username"], set_={"user_id": user.id, "until": until}))
    try:
        with db.session().begin_nested():
            user.username = username
            db.session().flush()
    except IntegrityError as error:  # somebody takes it at the same time
        raise Invalid({"username": [_TAKEN]}) from error


def set_avatar(viewer: Viewer, media_id: uuid.UUID) -> shapes.User:
    """Make one of one's photos the avatar. The old one is shown to others until this one is ready and lies in public.

    Returns oneself, with the new one as soon as it is ready.
    """
    media = media_queries.get(viewer, media_id, lock=True)
    user = queries.row(viewer.id, lock=True)
    if user.avatar_id != media.id:
        media_queries.check_free(media, "avatar")
        user.next_avatar_id = media.id
        db.session().flush()
        if media.status == "ready":
            outbox.enqueue("jobs.users.show_avatar", media.id)
    me = queries.get(viewer, "me")
    return replace(me, avatar=media_queries.shape(media)) if media.status == "ready" else me


def receive_avatar(viewer: Viewer, file: FileStorage) -> None:
    """Take the avatar from a plain form."""
    [photo] = media_actions.stow([file])
    set_avatar(viewer, media_actions.receive(viewer, photo, purpose="avatar").id)


def remove_avatar(viewer: Viewer) -> None:
    """Go without an avatar."""
    user = _locked(viewer.id)
    user.next_avatar_id = None
    _drop_avatar(user)
    sessions.refresh(viewer.id)


def _locked(user_id: uuid.UUID, *coming: uuid.UUID) -> User:
    """Lock a person's avatar and the photos `coming` in its place, then the person: photos before whom they show."""
    photos = {media_id for media_id in (queries.row(user_id).avatar_id, *coming) if media_id}
    for media_id in sorted(photos):
        media_queries.locked(media_id)
    return queries.row(user_id, lock=True)


def _drop_avatar(user: User) -> None:
    old = db.session().get(Media, user.avatar_id) if user.avatar_id else None
    user.avatar_id = None
    db.session().flush()
    if old is not None:
        media_actions.discard(old)


def show_avatar(media_id: uuid.UUID) -> None:
    """Let an avatar appear once its copies are in the public bucket, in place of the old one."""
    owner_id = db.scalar(select(Media.owner_id).where(Media.id == media_id))
    user = _locked(owner_id, media_id) if owner_id else None
    media = media_queries.find(media_id)
    if user is None or media is None:
        return
    if user.next_avatar_id == media.id:
        _drop_avatar(user)
        user.avatar_id, user.next_avatar_id = media.id, None
        media.is_public = True
        if not user.is_active:
            media_actions.conceal([media])
        db.session().flush()
        sessions.refresh(user.id)
    elif user.avatar_id != media.id:
        media_actions.conceal([media])


def misplaced_avatar(user_id: uuid.UUID) -> Media | None:
    """Return a person's avatar if it is public though the account is hidden, or the other way round."""
    user = queries.row(user_id)
    media = db.session().get(Media, user.avatar_id) if user.avatar_id else None
    return None if media is None or media.is_public == user.is_active else media


def settle_avatar(user_id: uuid.UUID, copied: str | None) -> None:
    """Hide the avatar of a hidden account; show that of one which has come back, if it was `copied` out."""
    avatar_id = queries.row(user_id).avatar_id
    media = media_queries.locked(avatar_id) if avatar_id else None
    user = queries.row(user_id, lock=True)
    if media is not None and user.avatar_id != media.id:
        media = None  # another one since; it knows how the account stands
    if media is not None and user.is_active and media.public_key == copied:
        media.is_public = True
    elif copied:
        media_actions.withdraw([copied])
    if media is not None and media.is_public and not user.is_active:
        media_actions.conceal([media])
    db.session().flush()
    sessions.refresh(user_id)


def advance(media: Media) -> None:
    """Go on with an avatar that has just become ready; one that failed is let go, and the old one stays."""
    user = queries.row(media.owner_id, lock=True)
    if user.next_avatar_id != media.id:
        return
    if media.status == "ready":
        outbox.enqueue("jobs.users.show_avatar", media.id)
    else:
        user.next_avatar_id = None
        db.session().flush()


def choose(viewer: Viewer, change: SettingsChange) -> shapes.UserSettings:
    """Change one's settings; what was left out stays. Returns them. The first daily mail is due in a day."""
    if change.digest is not None:
        _choose_digest(viewer.id, change.digest)
    if change.who_may_message is not None:
        made = insert(UserSettings).values(user_id=viewer.id, who_may_message=change.who_may_message)
        chosen = {"who_may_message": change.who_may_message}
        db.execute(made.on_conflict_do_update(index_elements=["user_id"], set_=chosen))
    return queries.settings(viewer)


def _choose_digest(user_id: uuid.UUID, digest: str) -> None:
    table = UserSettings.__table__
    values = {"digest": digest, "digest_due_at": clock.now() + _DAY if digest == "daily" else None}
    made = insert(table).values(user_id=user_id, **values)
    # asking for it once more does not put it off
    other = made.on_conflict_do_update(index_elements=["user_id"], set_=values, where=table.c.digest != digest)
    db.execute(other)


def unsubscribe_key(user_id: uuid.UUID) -> str:
    """Return the key by which a person's mails can be ended without signing in. It does not end itself."""
    return crypto.b64(crypto.vault().seal("unsubscribe", user_id.bytes))


def unsubscribe(key: str) -> None:
    """End the daily mail of whoever the key was mailed to; twice is once. NotFound if it is not a key of ours."""
    _choose_digest(subscriber(key), "off")


def subscriber(key: str) -> uuid.UUID:
    """Return whose mails a key ends. NotFound if it is not a key of ours, or the account is gone."""
    try:
        user_id = uuid.UUID(bytes=crypto.vault().open("unsubscribe", crypto.unb64(key)))
    except ValueError as error:
        raise NotFound("This link is not complete. Copy all of it out of the mail.") from error
    return queries.row(user_id).id


def sweep() -> int:
    """Forget names that people gave up and that were kept for them long enough. Returns how many."""
    past = PastUsername.__table__
    return retention.delete_some(past, past.c.until < clock.now())
