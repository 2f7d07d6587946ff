"""Reads of comments."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    column,
    func,
    lateral,
    or_,
    select,
    true,
)

from webapp.comments import shapes
from webapp.core import clock, db
from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page, cut
from webapp.models import Comment, CommentLike, Media, Post, User
from webapp.posts import queries as post_queries
from webapp.posts import shapes as post_shapes
from webapp.visibility import (
    Viewer,
    comments_below,
    own_comments,
    own_held,
    own_one,
    stand_in,
    verdict,
    visible_comments,
)

comments = Comment.__table__.c
likes = CommentLike.__table__.c
posts = Post.__table__.c
users = User.__table__.c
avatars = Media.__table__.c
UNDO = timedelta(seconds=30)


def lines(seen: Select[Any], viewer: Viewer) -> Select[Any]:
    """Refine a Select of visible comments to what their shapes need."""
    return (
        seen.with_only_columns(
            *shapes.COLUMNS,
            posts.author_id.label("post_author_id"),
            likes.user_id.is_not(None).label("liked"),
            own_held(viewer, post_id=comments.post_id, parent_id=comments.id).label("own_held"),
            own_one(likes).label("own_like"),
            case((_told(viewer), verdict("comment", comments.id))).label("verdict"),
        )
        .join(User.__table__, users.id == comments.author_id)
        .join(Post.__table__, posts.id == comments.post_id)
        .outerjoin(Media.__table__, avatars.id == users.avatar_id)
        .outerjoin(CommentLike.__table__, and_(likes.user_id == viewer.id, likes.comment_id == comments.id))
    )


def _told(viewer: Viewer) -> ColumnElement[bool]:
    return and_(comments.author_id == viewer.id, comments.moderated != "concealed")


def get(viewer: Viewer, comment_id: uuid.UUID) -> shapes.Comment:
    """Return a comment. NotFound if there is none for this viewer."""
    row = db.row(_one(viewer.role), {"viewer_id": viewer.id, "comment_id": comment_id})
    if row is None:
        raise NotFound
    return shapes.of(row, viewer)


def below(viewer: Viewer, comment_id: uuid.UUID, post_id: uuid.UUID) -> tuple[shapes.Comment, post_shapes.Post]:
    """Return a comment and its post, in one round trip. NotFound if either is hidden from this viewer."""
    post = post_queries.soon(viewer, post_id)
    return get(viewer, comment_id), post()


@db.prepared
def _one(role: str) -> Select[Any]:
    asks = stand_in(role)
    return lines(visible_comments(asks), asks).where(comments.id == bindparam("comment_id", type_=Uuid))


def deleted(viewer: Viewer, comment_id: uuid.UUID) -> Comment:
    """Return a comment that the viewer deleted within the last 30 seconds."""
    statement = own_comments(viewer).where(comments.id == comment_id, comments.deleted_at > clock.now() - UNDO)
    found = db.session().scalars(statement).first()
    if found is None:
        raise NotFound("It is too late to take this back: comments can be restored for 30 seconds.")
    return found


def locked(comment_id: uuid.UUID) -> Comment | None:
    """Return a comment's row, locked, for an action that has found it visible."""
    return db.session().get(Comment, comment_id, with_for_update=db.LOCK, populate_existing=True)


def thread(viewer: Viewer, post_id: uuid.UUID, ask: Ask) -> Page[shapes.Comment]:
    """Return the top-level comments of a post. NotFound if the viewer may not see it."""
    return opened(viewer, post_id, ask)[1]


def opened(viewer: Viewer, post_id: uuid.UUID, ask: Ask) -> tuple[post_shapes.Post, Page[shapes.Comment]]:
    """Return a post and its top-level comments, in one round trip. NotFound if the viewer may not see it."""
    page = _page(viewer, "thread", post_id, ask)
    return post_queries.get(viewer, post_id), page()


def replies(viewer: Viewer, comment_id: uuid.UUID, ask: Ask) -> Page[shapes.Comment]:
    """Return the replies to a comment. NotFound if the viewer may not see it."""
    page = _page(viewer, "replies", comment_id, ask)
    get(viewer, comment_id)
    return page()


def _page(viewer: Viewer, name: str, of: uuid.UUID, ask: Ask) -> Callable[[], Page[shapes.Comment]]:
    """Ask for a page of comments along with what is read next, the oldest first: a talk is read from its beginning."""
    after = ask.after(name, (int,))
    wanted = {"viewer_id": viewer.id, "of": of, "above": after[0] if after else 0, "count": ask.limit + 1}
    asked = db.soon(_talk(viewer.role, name), wanted)

    def found() -> Page[shapes.Comment]:
        page = cut(asked.rows, ask, name, lambda row: (row.comment_seq,))
        return page.map(lambda rows: [shapes.of(row, viewer) for row in rows])

    return found


@db.prepared
def _talk(role: str, name: str) -> Select[Any]:
    asks, of = stand_in(role), bindparam("of", type_=Uuid)
    which = (
        comments.parent_id == of if name == "replies" else and_(comments.post_id == of, comments.parent_id.is_(None))
    )
    above, count = bindparam("above", type_=BigInteger), bindparam("count", type_=Integer)
    seen = lines(visible_comments(asks), asks).where(which, comments.seq > above)
    return seen.order_by(comments.seq).limit(count)


def first_replies(viewer: Viewer, parents: Sequence[shapes.Comment]) -> dict[uuid.UUID, list[shapes.Comment]]:
    """Return the first two replies to each of these comments: one query for all."""
    found: dict[uuid.UUID, list[shapes.Comment]] = defaultdict(list)
    # what waits for the host stands in no number of the host's, and yet it is there
    ids = [parent.id for parent in parents if parent.counts.replies or viewer.is_authenticated]
    if ids:
        for row in db.rows(_two_each(viewer.role), {"viewer_id": viewer.id, "ids": ids}):
            found[row.comment_parent_id].append(shapes.of(row, viewer))
    return found


@db.prepared
def _two_each(role: str) -> Select[Any]:
    """Take two replies for each id, by one LATERAL step over an index."""
    asks = stand_in(role)
    wanted = func.unnest(bindparam("ids", type_=ARRAY(Uuid))).table_valued(column("id", Uuid), name="wanted")
    wanted = wanted.render_derived()
    few = comments_below(asks).with_only_columns(comments.id).where(comments.parent_id == wanted.c.id)
    picked = lateral(few.order_by(comments.seq).limit(2).correlate(wanted), "few")
    inside = select(picked.c.id).select_from(wanted).join(picked, true())
    # ARRAY(…) is found first; an IN would be joined last, to every comment there is (join_collapse_limit)
    chosen = comments.id == any_(func.array(inside.scalar_subquery()))
    return lines(visible_comments(asks), asks).where(chosen).order_by(comments.seq)


def newest_two(asks: Viewer, post_id: ColumnElement[uuid.UUID]) -> ColumnElement[str]:
    """Select the two newest comments of a visible post as one text of its row, which `shapes.previews` reads."""
    people = User.__table__.alias("commenter")
    newest = (
        comments_below(asks)
        .with_only_columns(comments.id, people.c.username, comments.content)
        .join(people, people.c.id == comments.author_id)
        .where(comments.post_id == post_id, or_(comments.held_for.is_(None), comments.author_id == asks.id))
        .order_by(comments.seq.desc())
        .limit(2)
        .correlate(Post.__table__)
        .subquery("newest_two")
    )
    return select(func.json_agg(func.json_build_array(*newest.c))).scalar_subquery().cast(Text)
