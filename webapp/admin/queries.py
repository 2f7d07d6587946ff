"""What admins read about people and posts, whoever may see them otherwise."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Table, and_, cast, func, or_, select, tuple_

from webapp.admin import shapes
from webapp.admin.schemas import PeopleFilter, PostsFilter
from webapp.core import clock, db, ids
from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page, cut
from webapp.core.sessions import UserSession
from webapp.media import queries as media_queries
from webapp.media import shapes as media_shapes
from webapp.models import Case, Media, Post, Sanction, User
from webapp.posts import queries as post_queries
from webapp.posts.shapes import PostCounts
from webapp.users import shapes as user_shapes
from webapp.users.shapes import UserCounts
from webapp.visibility import NOBODY, Viewer, review_accounts, review_posts

_MOST = 50
users = User.__table__.c
posts = Post.__table__.c
media = Media.__table__.c
logins = UserSession.__table__.c
sanctions = Sanction.__table__.c
cases = Case.__table__.c
_files = Media.__table__.alias("files")  # the portrait is read from the other one

_PERSON = (
    *user_shapes.COLUMNS, users.bio, users.links, users.is_verified, users.email, users.email_confirmed_at,
    users.role, users.status, users.shadowbanned, users.is_private, users.suspended_until, users.expelled_at,
    users.delete_at, users.created_at.label("joined_at"), users.post_count, users.follower_count, users.following_count,
    select(func.max(logins.last_seen_at)).where(logins.user_id == users.id).scalar_subquery().label("last_seen_at"),
    select(cast(func.coalesce(func.sum(_files.c.size), 0), BigInteger)).where(_files.c.owner_id == users.id)
    .scalar_subquery().label("storage_bytes"),
    select(func.count()).where(sanctions.user_id == users.id, sanctions.undone_at.is_(None))
    .scalar_subquery().label("sanctions_count"),
    select(func.count()).where(cases.user_id == users.id, cases.closed_at.is_(None))
    .scalar_subquery().label("open_cases"),
    *media_shapes.COLUMNS,
)  # fmt: skip


def named(name: str) -> uuid.UUID | None:
    """Return whose user name or id this is, or None."""
    known = ids.parse(name)
    found: uuid.UUID | None = db.scalar(
        select(users.id).where(users.id == known if known else users.username == name.lower().removeprefix("@"))
    )
    return found


def people(viewer: Viewer, asked: PeopleFilter, ask: Ask) -> Page[shapes.AdminUser]:
    """Return people, who joined last first."""
    after = ask.after("admin-people", (datetime, uuid.UUID))
    place = (users.created_at, users.id)
    statement = _persons(viewer).order_by(*(part.desc() for part in place)).limit(ask.limit + 1).where(*_chosen(asked))
    if after:
        statement = statement.where(tuple_(*place) < after)
    page = cut(db.rows(statement), ask, "admin-people", lambda row: (row.joined_at, row.user_id))
    return page.map(lambda rows: [shapes.AdminUser(**_fields(row)) for row in rows])


def _persons(viewer: Viewer) -> Select[Any]:
    found = review_accounts(viewer).with_only_columns(*_PERSON)
    return found.outerjoin(Media.__table__, media.id == users.avatar_id)


def _chosen(asked: PeopleFilter) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if asked.status == "shadowbanned":
        chosen.append(users.shadowbanned)
    elif asked.status:
        chosen.append(users.status == asked.status)
    if asked.role:
        chosen.append(users.role == asked.role)
    known = ids.parse(asked.q)
    if known:
        chosen.append(users.id == known)
    elif asked.q:
        low = asked.q.lower()
        parts = (users.username.contains(low, autoescape=True), users.email.contains(low, autoescape=True))
        chosen.append(or_(*parts, users.display_name.icontains(asked.q, autoescape=True)))
    return chosen


def _fields(row: Any) -> dict[str, Any]:
    same = (
        "username", "display_name", "bio", "links", "is_verified", "email", "role", "status", "shadowbanned",
        "is_private", "suspended_until", "expelled_at", "delete_at", "last_seen_at", "storage_bytes",
        "sanctions_count", "open_cases",
    )  # fmt: skip
    return {name: getattr(row, name) for name in same} | {
        "id": row.user_id, "avatar": media_shapes.face(row), "created_at": row.joined_at,
        "email_confirmed": row.email_confirmed_at is not None,
        "counts": UserCounts(row.post_count, row.follower_count, row.following_count),
    }  # fmt: skip


def person(viewer: Viewer, name: str) -> shapes.AdminPerson:
    """Return a person by user name or id, with sign-ins, sanctions and cases."""
    user_id = named(name)
    row = user_id and db.row(_persons(viewer).where(users.id == user_id))
    if not row:
        raise NotFound("Nobody here has this name.")
    return shapes.AdminPerson(
        **_fields(row),
        sessions=[
            shapes.AdminSession(*found) for found in _newest(UserSession.__table__, shapes.AdminSession, row.user_id)
        ],
        sanctions=[
            shapes.AdminSanction(*found) for found in _newest(Sanction.__table__, shapes.AdminSanction, row.user_id)
        ],
        cases=[shapes.AdminCase(*found) for found in _newest(Case.__table__, shapes.AdminCase, row.user_id)],
    )


def _newest(table: Table, shape: Any, user_id: uuid.UUID) -> Any:
    """Return the rows of a table that are about a person, with the columns that a shape names."""
    columns = [table.c[name] for name in shape.__slots__]
    latest = table.c[{"sessions": "last_seen_at", "cases": "opened_at"}.get(table.name, "created_at")]
    found = select(*columns).where(table.c.user_id == user_id).order_by(latest.desc()).limit(_MOST)
    return db.rows(found.where(table.c.expires_at > clock.now()) if table.name == "sessions" else found)


_POST = (
    *(posts[name].label(f"post_{name}") for name in (
        "id", "caption", "location", "hashtags", "mentions", "status", "concealed", "sensitive", "like_count",
        "comment_count", "repost_count", "comments_enabled", "edited_at", "created_at", "published_at", "deleted_at",
    )),
    select(func.coalesce(func.sum(cases.report_count), 0))
    .where(cases.target_type == "post", cases.target_id == posts.id, cases.closed_at.is_(None))
    .scalar_subquery().label("open_reports"),
    media_queries.photos(posts.id).label("photos"),
    *user_shapes.COLUMNS,
    *media_shapes.COLUMNS,
)  # fmt: skip


def all_posts(viewer: Viewer, asked: PostsFilter, ask: Ask) -> Page[shapes.AdminPost]:
    """Return posts in whatever state, the newest first."""
    after = ask.after("admin-posts", (uuid.UUID,))  # ids begin with their time, and have an index
    statement = _posts(viewer).order_by(posts.id.desc()).limit(ask.limit + 1).where(*_wanted(asked))
    if after:
        statement = statement.where(posts.id < after[0])
    page = cut(db.rows(statement), ask, "admin-posts", lambda row: (row.post_id,))
    return page.map(lambda rows: [_post(row) for row in rows])


def _posts(viewer: Viewer) -> Select[Any]:
    found = review_posts(viewer).with_only_columns(*_POST, post_queries.tagged_in(viewer).label("tagged"))
    return found.outerjoin(Media.__table__, media.id == users.avatar_id)


def _wanted(asked: PostsFilter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if asked.status == "concealed":
        wanted.append(and_(posts.status == "published", posts.concealed))
    elif asked.status:
        wanted.append(posts.status == asked.status)
    if asked.author:
        wanted.append(posts.author_id == (named(asked.author) or NOBODY))
    known = ids.parse(asked.q)
    if known:
        wanted.append(posts.id == known)
    elif asked.q:
        parts = (posts.caption.icontains(asked.q, autoescape=True), posts.location.icontains(asked.q, autoescape=True))
        wanted.append(or_(*parts))
    return wanted


def _post(row: Any) -> shapes.AdminPost:
    return shapes.AdminPost(
        row.post_id, user_shapes.short(row), media_shapes.listed(row.photos), row.post_caption, row.post_location,
        list(row.post_hashtags), list(row.post_mentions), row.post_status, row.post_concealed, row.post_sensitive,
        PostCounts(row.post_like_count, row.post_comment_count, row.post_repost_count),
        user_shapes.listed(row.tagged), row.post_comments_enabled, row.post_edited_at, row.open_reports,
        row.post_created_at, row.post_published_at, row.post_deleted_at,
    )  # fmt: skip
