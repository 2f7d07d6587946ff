"""Reads of conversations. What is not there for the viewer is in none of them, nor in any number."""

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Integer,
    Interval,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY, aggregate_order_by
from sqlalchemy.types import UserDefinedType

from webapp.core import clock, db, folding, live
from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page, cut, encode
from webapp.media import shapes as media_shapes
from webapp.messages import shapes
from webapp.models import Conversation, Media, Message, Participant, Story, User
from webapp.posts import queries as post_queries
from webapp.users import shapes as user_shapes
from webapp.visibility import (
    Viewer,
    faced,
    reachable_stories,
    said_in,
    shunned,
    stand_in,
    stands,
    unbanned,
    unread,
    visible_conversations,
    visible_messages,
)

conversations = Conversation.__table__.c
mine = Participant.__table__.c
others = Participant.__table__.alias("others")
messages = Message.__table__.c
users = User.__table__.c
media = Media.__table__.c
stories = Story.__table__.c
_ALL = 2**63 - 1  # above every number
_LATEST = datetime(9999, 1, 1, tzinfo=clock.now().tzinfo)
_LAST = uuid.UUID(int=2**128 - 1)
_WAITING = 100  # requests that are counted
_FRESH, _MOST = timedelta(hours=1), 200  # how far back, and how much, `since` looks
_MOST_WORDS = 10
_AFTER = 8


class _Snapshot(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Name the type."""
        return "pg_snapshot"


def listed(viewer: Viewer, ask: Ask, state: str = "accepted") -> Page[shapes.Conversation]:
    """Return the viewer's conversations of a state, that with the newest message first."""
    name = f"talks-{state}"
    at, last = ask.after(name, (datetime, uuid.UUID)) or (_LATEST, _LAST)
    wanted = {"viewer_id": viewer.id, "state": state, "at": at, "last": last, "count": ask.limit + 1}
    page = cut(db.rows(_listed(), wanted), ask, name, lambda row: (row.newest_at, row.conversation_id))
    return page.map(lambda rows: _talks(viewer, rows))


def get(viewer: Viewer, conversation_id: uuid.UUID) -> shapes.Conversation:
    """Return a conversation. NotFound if there is none for this viewer."""
    rows = db.rows(_one(), {"viewer_id": viewer.id, "conversation_id": conversation_id})
    if not rows:
        raise NotFound
    return _talks(viewer, rows)[0]


def in_list(viewer: Viewer, conversation_ids: Collection[uuid.UUID]) -> list[shapes.Conversation]:
    """Return those of these conversations that stand in the viewer's list, that with the newest message last."""
    wanted = {"viewer_id": viewer.id, "conversation_ids": list(conversation_ids)}
    return _talks(viewer, db.rows(_in_list(), wanted)) if conversation_ids else []


def _talks(viewer: Viewer, rows: Sequence[Any]) -> list[shapes.Conversation]:
    last = {message.id: message for message in several(viewer, [row.last_id for row in rows if row.last_id])}
    return [shapes.conversation(row, viewer, last.get(row.last_id)) for row in rows]


@db.prepared
def _listed() -> Select[Any]:
    state = bindparam("state", type_=Text)
    place = tuple_(bindparam("at", type_=DateTime(timezone=True)), bindparam("last", type_=Uuid))
    return (
        talks(stand_in("user"))
        .where(mine.listed, mine.state == state, tuple_(mine.newest_at, mine.conversation_id) < place)
        .order_by(mine.newest_at.desc(), mine.conversation_id.desc())
        .limit(bindparam("count", type_=Integer))
    )


@db.prepared
def _one() -> Select[Any]:
    return talks(stand_in("user")).where(mine.conversation_id == bindparam("conversation_id", type_=Uuid))


@db.prepared
def _in_list() -> Select[Any]:
    these = mine.conversation_id == any_(bindparam("conversation_ids", type_=ARRAY(Uuid)))
    shown = talks(stand_in("user")).where(these, mine.listed, mine.state == "accepted")
    return shown.order_by(mine.newest_at, mine.conversation_id)


def talks(asks: Viewer) -> Select[Any]:
    """Refine the visible conversations to what their shapes need: who takes part, what is unread, what came last."""
    fields = func.json_build_array(
        users.id, users.username, users.display_name, stands(asks), others.c.state, others.c.seen_seq,
        *(media[name] for name in media_shapes.FIELDS),
    )  # fmt: skip
    crowd = (
        select(func.json_agg(aggregate_order_by(fields, others.c.joined_at, others.c.user_id)))
        .select_from(others)
        .join(User.__table__, users.id == others.c.user_id)
        .outerjoin(Media.__table__, and_(media.id == users.avatar_id, faced(asks, users.id)))
        .where(others.c.conversation_id == mine.conversation_id, others.c.left_at.is_(None))
        .where(unbanned(asks))
        .correlate(Conversation.__table__, Participant.__table__)
    )
    last = said_in(asks).with_only_columns(messages.id).order_by(messages.seq.desc()).limit(1)
    return visible_conversations(asks).with_only_columns(
        mine.conversation_id, conversations.kind,
        func.coalesce(mine.own_title, conversations.title).label("title"), mine.state, mine.read_seq, mine.newest_at,
        unread(asks).label("unread"), crowd.scalar_subquery().label("crowd"), last.scalar_subquery().label("last_id"),
    )  # fmt: skip


def said(viewer: Viewer, conversation_id: uuid.UUID, ask: Ask) -> Page[shapes.Message]:
    """Return what was said in a conversation, the newest first. NotFound if there is none for this viewer."""
    page = _asked(viewer, conversation_id, ask)
    check(viewer, conversation_id)
    return page()


def opened(viewer: Viewer, conversation_id: uuid.UUID, ask: Ask) -> tuple[shapes.Conversation, Page[shapes.Message]]:
    """Return a conversation and what was said in it, in one round trip. NotFound if there is none for this viewer."""
    page = _asked(viewer, conversation_id, ask)
    return get(viewer, conversation_id), page()


def _asked(viewer: Viewer, conversation_id: uuid.UUID, ask: Ask) -> Callable[[], Page[shapes.Message]]:
    (below,) = ask.after("said", (int,)) or (_ALL,)
    wanted = {"viewer_id": viewer.id, "conversation_id": conversation_id, "below": below, "count": ask.limit + 1}
    asked = db.soon(_said(), wanted)

    def found() -> Page[shapes.Message]:
        page = cut(asked.rows, ask, "said", lambda row: (row.message_seq,))
        return page.map(lambda rows: _shaped(viewer, rows))

    return found


def check(viewer: Viewer, conversation_id: uuid.UUID) -> Any:
    """Return the viewer's place in a conversation: its kind and state. NotFound if they have none."""
    found = db.row(_place(), {"viewer_id": viewer.id, "conversation_id": conversation_id})
    if found is None:
        raise NotFound
    return found


@db.prepared
def _place() -> Select[Any]:
    seen: Select[Any] = visible_conversations(stand_in("user"))
    return seen.with_only_columns(conversations.id, conversations.kind, mine.state).where(
        mine.conversation_id == bindparam("conversation_id", type_=Uuid)
    )


@db.prepared
def _said() -> Select[Any]:
    asks, here = stand_in("user"), messages.conversation_id == bindparam("conversation_id", type_=Uuid)
    older = messages.seq < bindparam("below", type_=BigInteger)
    count = bindparam("count", type_=Integer)
    return lines(visible_messages(asks), asks).where(here, older).order_by(messages.seq.desc()).limit(count)


def lines(seen: Select[Any], asks: Viewer) -> Select[Any]:
    """Refine a Select of visible messages to what their shapes need."""
    photo = Media.__table__.alias("photo")
    shown = select(func.json_build_array(*(photo.c[name] for name in media_shapes.FIELDS)))
    shown = shown.where(photo.c.id == messages.media_id).correlate(Message.__table__)
    told = reachable_stories(asks).with_only_columns(users.username).where(stories.id == messages.story_id)
    return (
        seen.with_only_columns(
            *shapes.COLUMNS, mine.state, shunned(asks, messages.sender_id).label("collapsed"),
            shown.scalar_subquery().label("photo"),
            told.correlate(Message.__table__).scalar_subquery().label("storyteller"),
            *user_shapes.COLUMNS, *media_shapes.COLUMNS,
        )
        .join(User.__table__, users.id == messages.sender_id)
        .outerjoin(Media.__table__, and_(media.id == users.avatar_id, faced(asks, users.id)))
    )  # fmt: skip


def _shaped(viewer: Viewer, rows: Sequence[Any]) -> list[shapes.Message]:
    wanted = {row.message_post_id for row in rows if row.message_post_id}
    posts = {post.id: post for post in post_queries.several(viewer, list(wanted))}
    return [shapes.of(row, viewer, posts) for row in rows]


def several(viewer: Viewer, message_ids: Sequence[uuid.UUID]) -> list[shapes.Message]:
    """Return those of these messages that there are for the viewer, in no order."""
    wanted = {"viewer_id": viewer.id, "message_ids": list(message_ids)}
    return _shaped(viewer, db.rows(_several(), wanted)) if message_ids else []


@db.prepared
def _several() -> Select[Any]:
    asks = stand_in("user")
    chosen = messages.id == any_(bindparam("message_ids", type_=ARRAY(Uuid)))
    return lines(visible_messages(asks), asks).where(chosen)


def message(viewer: Viewer, message_id: uuid.UUID) -> shapes.Message:
    """Return a message. NotFound if there is none for this viewer."""
    found = changed(viewer, message_id)
    if found is None:
        raise NotFound
    return found


def changed(viewer: Viewer, message_id: uuid.UUID) -> shapes.Message | None:
    """Return a message as it is now, None if there is none for this viewer."""
    return next(iter(several(viewer, [message_id])), None)


def since(viewer: Viewer, snapshot: str) -> tuple[str, list[shapes.Message]]:
    """Return what has become visible to the viewer since a snapshot, and the snapshot up to which that is.

    Exactly that, in whatever order transactions ended: each message knows the transaction that wrote it, and what the
    given snapshot could not see and this statement can is new. Of the last hour, the newest 200 at most; requests are
    not among it. A text that is no snapshot counts as now.
    """
    wanted = {"viewer_id": viewer.id, "snapshot": snapshot if live.is_moment(snapshot) else None, "age": _FRESH}
    rows = db.rows(_since(), wanted)
    found = several(viewer, [row.id for row in rows if row.id])
    return rows[0].moment, sorted(found, key=lambda one: (one.created_at, one.seq))


@db.prepared
def _since() -> Select[Any]:
    asks, now = stand_in("user"), func.pg_current_snapshot()
    before = cast(bindparam("snapshot", type_=Text), _Snapshot)
    fresh = (
        visible_messages(asks)
        .with_only_columns(messages.id)
        .where(
            mine.state == "accepted",
            mine.newest_at > func.now() - cast(bindparam("age"), Interval),
            messages.seq > mine.newest_seq - _MOST,
            messages.written_in >= func.pg_snapshot_xmin(before),
            messages.written_in < func.pg_snapshot_xmax(now),
            ~func.pg_visible_in_snapshot(messages.written_in, before),
        )
        .order_by(messages.id.desc())
        .limit(_MOST)
        .subquery("fresh")
    )
    moment = select(cast(now, Text).label("moment")).subquery("moment")
    return select(moment.c.moment, fresh.c.id).select_from(moment.outerjoin(fresh, true()))


def search(viewer: Viewer, typed: str, ask: Ask) -> Page[shapes.Message]:
    """Return messages with all these words, the last of which may be unfinished, the newest first."""
    terms = [f"'{word}'" for word in folding.tokens(typed)[:_MOST_WORDS]]
    if not terms:
        return Page([], None)
    terms[-1] += ":*" if len(terms[-1]) > 3 else ""
    at, last = ask.after("messages", (datetime, uuid.UUID)) or (_LATEST, _LAST)
    wanted = {"viewer_id": viewer.id, "query": " & ".join(terms), "at": at, "last": last, "count": ask.limit + 1}
    page = cut(db.rows(_search(), wanted), ask, "messages", lambda row: (row.created_at, row.id))
    by_id = {message.id: message for message in several(viewer, [row.id for row in page.items])}
    return page.map(lambda rows: [by_id[row.id] for row in rows if row.id in by_id])


@db.prepared
def _search() -> Select[Any]:
    asks = stand_in("user")
    found = messages.words.op("@@")(cast(bindparam("query", type_=Text), TSQUERY))
    place = tuple_(bindparam("at", type_=DateTime(timezone=True)), bindparam("last", type_=Uuid))
    return (
        visible_messages(asks)
        .with_only_columns(messages.id, messages.created_at)
        .where(found, tuple_(messages.created_at, messages.id) < place, ~shunned(asks, messages.sender_id))
        .where(mine.state == "accepted")
        .order_by(messages.created_at.desc(), messages.id.desc())
        .limit(bindparam("count", type_=Integer))
    )


def with_person(viewer: Viewer, user_id: uuid.UUID) -> uuid.UUID | None:
    """Return the id of the viewer's conversation with a person, None if there is none yet."""
    low, high = sorted((viewer.id, user_id))
    two = visible_conversations(viewer).where(conversations.low_id == low, conversations.high_id == high)
    found: uuid.UUID | None = db.scalar(two.with_only_columns(conversations.id))
    return found


def near(shown: shapes.Message) -> str:
    """Return the cursor of the page that shows a message, and a few that came after it."""
    return encode("said", shown.seq + _AFTER)


def waiting(viewer: Viewer) -> int:
    """Return how many conversations the viewer is asked into; a hundred stands for all that is more."""
    asked = visible_conversations(viewer).where(mine.state == "requested", mine.listed)
    some = asked.with_only_columns(mine.conversation_id).limit(_WAITING).subquery("waiting")
    return int(db.scalar(select(func.count()).select_from(some)))
