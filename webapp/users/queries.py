"""Reads of people."""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from webapp.core import clock, columns, crypto, db, ids
from webapp.core.errors import NotFound, Refused
from webapp.core.page import Ask, Page, cut
from webapp.media import shapes as media_shapes
from webapp.models import (
    Block,
    CloseFriend,
    Follow,
    FollowRequest,
    Media,
    Mute,
    PastUsername,
    Restriction,
    RetiredName,
    User,
    UserSettings,
)
from webapp.users import shapes
from webapp.visibility import (
    NOBODY,
    STANDING,
    Viewer,
    accounts,
    answerable_users,
    approachable_users,
    blocked_by,
    own_numbers,
    own_one,
    silent,
    stand_in,
    visible_users,
)

users = User.__table__.c
past = PastUsername.__table__.c
chosen = UserSettings.__table__.c
retired = RetiredName.__table__.c
avatars = Media.__table__.c
follow_out = Follow.__table__.alias("viewer_to_them")
follow_in = Follow.__table__.alias("them_to_viewer")
blocked = Block.__table__.alias("viewer_blocks")
asked = FollowRequest.__table__.alias("viewer_asked")
muted = Mute.__table__.alias("viewer_mutes")
restricted = Restriction.__table__.alias("viewer_restricts")
close = CloseFriend.__table__.alias("viewer_is_close_to")
OF = bindparam("of", type_=Uuid)  # whom, or what, a relation is to
_FIRST = (datetime.max.replace(tzinfo=UTC), uuid.UUID(int=0))  # everything is older

PROFILE = (
    *shapes.COLUMNS, users.bio, users.is_private, users.is_verified, users.links, users.role,
    users.created_at.label("user_created_at"), users.post_count,
    (users.follower_count + own_one(follow_out.c)).label("follower_count"),
    (users.following_count + own_one(follow_in.c)).label("following_count"),
    follow_out.c.followee_id.is_not(None).label("viewer_follows"),
    follow_in.c.follower_id.is_not(None).label("follows_viewer"),
    asked.c.target_id.is_not(None).label("viewer_asked"), blocked.c.blocked_id.is_not(None).label("viewer_blocks"),
    muted.c.muted_id.is_not(None).label("viewer_mutes"), close.c.friend_id.is_not(None).label("close_to_viewer"),
    restricted.c.restricted_id.is_not(None).label("viewer_restricts"),
    *media_shapes.COLUMNS,
)  # fmt: skip


def profiles(viewer: Viewer) -> Select[Any]:
    """Select everybody who exists for the viewer, as rows of PROFILE."""
    return _profiles(visible_users(viewer), viewer)


def reachable(viewer: Viewer) -> Select[Any]:
    """Select everybody whose header the viewer may open, including people they blocked, as rows of PROFILE."""
    return _profiles(approachable_users(viewer), viewer)


def answerable(viewer: Viewer) -> Select[Any]:
    """Select them and whoever blocked and was blocked: `blocked_back`, of whom next to nothing is shown."""
    return _profiles(answerable_users(viewer), viewer).add_columns(blocked_by(viewer).label("blocked_back"))


def _profiles(seen: Select[Any], viewer: Viewer) -> Select[Any]:
    return (
        seen.with_only_columns(*PROFILE, *own_numbers(viewer))
        .outerjoin(Media.__table__, avatars.id == users.avatar_id)
        .outerjoin(follow_out, and_(follow_out.c.follower_id == viewer.id, follow_out.c.followee_id == users.id))
        .outerjoin(follow_in, and_(follow_in.c.followee_id == viewer.id, follow_in.c.follower_id == users.id))
        .outerjoin(blocked, and_(blocked.c.blocker_id == viewer.id, blocked.c.blocked_id == users.id))
        .outerjoin(asked, and_(asked.c.requester_id == viewer.id, asked.c.target_id == users.id))
        .outerjoin(muted, and_(muted.c.muter_id == viewer.id, muted.c.muted_id == users.id, silent(muted.c.until)))
        .outerjoin(restricted, and_(restricted.c.restricter_id == viewer.id, restricted.c.restricted_id == users.id))
        .outerjoin(close, and_(close.c.owner_id == viewer.id, close.c.friend_id == users.id))
    )


def related(
    build: Callable[[str], db.Prepared], viewer: Viewer, ask: Ask, name: str, of: uuid.UUID | None = None
) -> Page[shapes.User]:
    """Return a page of people by a relation (to `of`), the newest first: `build` makes it by `relation`."""
    at, last = ask.after(name, (datetime, uuid.UUID)) or _FIRST
    values = {"viewer_id": viewer.id, "of": of, "at": at, "last": last, "count": ask.limit + 1}
    page = cut(db.rows(build(viewer.role), values), ask, name, lambda row: (row.since, row.user_id))
    return page.map(lambda rows: [shape(viewer, row) for row in rows])


def relation(seen: Select[Any], since: ColumnElement[Any], person: ColumnElement[Any]) -> Select[Any]:
    """Select a page of people, with the parameters of `related`.

    `seen` selects PROFILE, joined with the relation's table, whose columns `since` and `person` order it.
    """
    place = tuple_(bindparam("at", type_=DateTime(timezone=True)), bindparam("last", type_=Uuid))
    ordered = seen.add_columns(since.label("since")).where(tuple_(since, person) < place)
    return ordered.order_by(since.desc(), person.desc()).limit(bindparam("count", type_=Integer))


def shape(viewer: Viewer, row: Any) -> shapes.User:
    """Make the shape of a row of PROFILE."""
    return shapes.full(row, stands=viewer.is_authenticated and row.user_id != viewer.id)


def get(viewer: Viewer, name: str) -> shapes.User:
    """Return a person by user name or id, blocked by the viewer or not. NotFound if there is none for this viewer."""
    if name == "me" and viewer.is_visitor:
        raise Refused("Please sign in to see your own profile.", status=401)
    user_id = viewer.id if name == "me" else ids.parse(name)
    row = _found(_profile, viewer, name, user_id)
    if row is None:
        now = None if user_id else moved(name)
        if now is None:
            raise NotFound
        return get(viewer, now)
    return shape(viewer, row)


def counterpart(viewer: Viewer, name: str) -> shapes.User:
    """Return a person as `get` does, or whom the viewer blocked and who blocked the viewer: a name alone."""
    row = _found(_counterpart, viewer, name, ids.parse(name))
    return get(viewer, name) if row is None else shape(viewer, row)


def _found(build: Callable[[str, bool], db.Prepared], viewer: Viewer, name: str, user_id: uuid.UUID | None) -> Any:
    wanted = {"viewer_id": viewer.id, "user_id": user_id, "username": name.lower()}
    return db.row(build(viewer.role, user_id is not None), wanted)


@db.prepared
def _profile(role: str, by_id: bool) -> Select[Any]:
    return reachable(stand_in(role)).where(_called(by_id))


@db.prepared
def _counterpart(role: str, by_id: bool) -> Select[Any]:
    return answerable(stand_in(role)).where(_called(by_id))


def _called(by_id: bool) -> ColumnElement[bool]:
    return users.id == bindparam("user_id", type_=Uuid) if by_id else users.username == bindparam("username")


def several(viewer: Viewer, user_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, shapes.User]:
    """Return those of these people who exist for the viewer, by id."""
    rows = db.rows(_several(viewer.role), {"viewer_id": viewer.id, "user_ids": list(user_ids)}) if user_ids else []
    return {row.user_id: shape(viewer, row) for row in rows}


@db.prepared
def _several(role: str) -> Select[Any]:
    return profiles(stand_in(role)).where(users.id == any_(bindparam("user_ids", type_=ARRAY(Uuid))))


def listed(seen: Select[Any]) -> Select[Any]:
    """Select people, by their names, as one value of a row: no round trip of their own. See `shapes.listed`."""
    face = Media.__table__.alias("face")
    fields = func.json_build_array(
        users.id, users.username, users.display_name, *(face.c[name] for name in media_shapes.FIELDS)
    )
    people = func.json_agg(aggregate_order_by(fields, users.username))
    return seen.with_only_columns(people).outerjoin(face, face.c.id == users.avatar_id)


def called(viewer: Viewer, names: Any) -> Any:
    """Select those of a row's `names`, a list, that are somebody's for the viewer, in their order: null if none is."""
    each = func.unnest(names).table_valued("name", with_ordinality="place", name="called").render_derived()
    seen = visible_users(viewer).join(each, each.c.name == users.username)
    there = func.array_agg(aggregate_order_by(users.username, each.c.place), type_=columns.Texts())
    found = seen.with_only_columns(there).correlate(names.table).scalar_subquery()
    return case((func.cardinality(names) > 0, found))  # nobody is looked for where nobody is named


def moved(name: str) -> str | None:
    """Return the present name of whoever gave this one up within the last 30 days."""
    statement = (
        select(users.username)
        .join(PastUsername.__table__, past.user_id == users.id)
        .where(past.username == name.lower(), past.until > clock.now())
    )
    found: str | None = db.scalar(statement)
    return found


def row(user_id: uuid.UUID, *, lock: bool = False) -> User:
    """Return a person's row, for changes; locked, it is read anew."""
    found = db.session().get(User, user_id, with_for_update=db.LOCK if lock else None, populate_existing=lock)
    if found is None:
        raise NotFound
    return found


def settings(viewer: Viewer) -> shapes.UserSettings:
    """Return what the viewer chose for itself."""
    row = db.row(select(chosen.digest, chosen.who_may_message).where(chosen.user_id == viewer.id))
    return shapes.UserSettings(*row) if row else shapes.UserSettings()


def taken(username: str, by_other_than: uuid.UUID | None = None) -> bool:
    """Tell whether a user name is somebody's, or was until lately."""
    me = by_other_than or NOBODY
    theirs = select(users.id).where(users.username == username, users.id != me)
    lately = select(past.user_id).where(past.username == username, past.until > clock.now(), past.user_id != me)
    left = select(retired.name_hash).where(retired.name_hash == name_mark(username), retired.until > clock.now())
    return any(db.row(reason) is not None for reason in (theirs, lately, left))


def name_mark(username: str) -> bytes:
    """Return what stands for the name of an erased account."""
    return crypto.vault().mark("username", username.encode())


def anybody(viewer: Viewer, name: str) -> uuid.UUID:
    """Return the id of whoever has this name or id, behind a block or not. NotFound if nobody does."""
    user_id = ids.parse(name)
    which = users.id == user_id if user_id else users.username == name.lower()
    found: uuid.UUID | None = db.scalar(
        accounts().with_only_columns(users.id).where(which, or_(STANDING, users.id == viewer.id))
    )
    if found is not None:
        return found
    now = None if user_id else moved(name)
    if now is None:
        raise NotFound
    return anybody(viewer, now)


def present_among(viewer: Viewer, people: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of these people who exist for the viewer."""
    if not people:
        return set()
    statement = visible_users(viewer).with_only_columns(users.id).where(users.id.in_(people))
    return {row.id for row in db.rows(statement)}


def named(viewer: Viewer, usernames: list[str]) -> list[str]:
    """Return those of these names that are somebody's for the viewer, in their order."""
    if not usernames:
        return []
    statement = visible_users(viewer).with_only_columns(users.username).where(users.username.in_(usernames))
    found = {row.username for row in db.rows(statement)}
    return [name for name in usernames if name in found]


def known(viewer: Viewer, names: Sequence[str]) -> dict[str, uuid.UUID]:
    """Return who of these user names or ids exists for the viewer: each name with the person's id."""
    if not names:
        return {}
    as_ids = {name: user_id for name in names if (user_id := ids.parse(name))}
    folded = {name: name.lower() for name in names}
    which = or_(users.id.in_(as_ids.values()), users.username.in_(folded.values()))
    rows = db.rows(visible_users(viewer).with_only_columns(users.id, users.username).where(which))
    by_id, by_name = {row.id for row in rows}, {row.username: row.id for row in rows}
    found = {name: user_id for name, user_id in as_ids.items() if user_id in by_id}
    if before := [low for name, low in folded.items() if name not in found and low not in by_name]:
        by_name |= _moved(viewer, before)
    return {**{name: by_name[low] for name, low in folded.items() if low in by_name}, **found}


def _moved(viewer: Viewer, names: Sequence[str]) -> dict[str, uuid.UUID]:
    """Return who of those who gave these names up lately exists for the viewer."""
    rows = db.rows(
        visible_users(viewer)
        .with_only_columns(past.username, users.id)
        .join(PastUsername.__table__, past.user_id == users.id)
        .where(past.username.in_(names), past.until > clock.now())
    )
    return {row.username: row.id for row in rows}
