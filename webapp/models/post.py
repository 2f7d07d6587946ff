"""Posts and the tags that lead to them."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Sequence, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import columns, db

STATUSES = ("processing", "published", "failed", "held", "taken_down", "deleted")

# Taken in the transaction that publishes, under a lock: whoever reads page two of a feed misses nothing.
published_seq = Sequence("posts_published_seq", metadata=db.Base.metadata)


class Post(db.Base):
    """One to twenty photos with a caption."""

    __tablename__ = "posts"

    id: Mapped[db.Id]
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(Text, default="processing", server_default="processing")
    failure: Mapped[str | None] = mapped_column(Text)
    published_seq: Mapped[db.Big | None]
    caption: Mapped[str] = mapped_column(Text, default="", server_default="")
    location: Mapped[str] = mapped_column(Text, default="", server_default="")
    hashtags: Mapped[list[str]] = mapped_column(columns.Texts(), default=list, server_default="{}")
    mentions: Mapped[list[str]] = mapped_column(columns.Texts(), default=list, server_default="{}")
    like_count: Mapped[int] = mapped_column(default=0, server_default="0")
    comment_count: Mapped[int] = mapped_column(default=0, server_default="0")
    repost_count: Mapped[int] = mapped_column(default=0, server_default="0")
    sensitive: Mapped[bool] = mapped_column(default=False, server_default="false")
    sensitive_forced: Mapped[bool] = mapped_column(default=False, server_default="false")  # by moderators
    reviewed: Mapped[bool] = mapped_column(default=False, server_default="false")  # moderators let it pass as it is
    concealed: Mapped[bool] = mapped_column(default=False, server_default="false")  # by a filter: for its author alone
    comments_enabled: Mapped[bool] = mapped_column(default=True, server_default="true")
    created_at: Mapped[db.Time]
    published_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    deleted_from: Mapped[str | None] = mapped_column(Text)  # its status before, to which a restored one may return

    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status_known"),
        CheckConstraint("status <> 'published' OR published_seq IS NOT NULL", name="published_in_order"),
        CheckConstraint("like_count >= 0 AND comment_count >= 0 AND repost_count >= 0", name="counts"),
        Index("ix_posts_author_id", "author_id"),
        Index("ix_posts_author_published", "author_id", "published_seq", postgresql_where="status = 'published'"),
        Index("ix_posts_published", "published_seq", unique=True, postgresql_where="status = 'published'"),
        Index(
            "ix_posts_unfinished",
            "author_id",
            "created_at",
            postgresql_where="status IN ('processing', 'failed', 'held', 'taken_down')",
        ),
        Index("ix_posts_concealed", "author_id", postgresql_where="concealed"),
        Index("ix_posts_deleted", "deleted_at", postgresql_where="status = 'deleted'"),
    )


class PostTag(db.Base):
    """A hashtag of a post; `published_seq` is null until it is published."""

    __tablename__ = "post_tags"

    tag: Mapped[str] = mapped_column(Text, primary_key=True)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    published_seq: Mapped[db.Big | None]

    __table_args__ = (
        Index("ix_post_tags_newest", "tag", "published_seq"),
        Index("ix_post_tags_post_id", "post_id"),
    )


class PostPerson(db.Base):
    """A person whom the author tagged in a post. `declined`: who took themselves off is not tagged there again."""

    __tablename__ = "post_people"

    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    declined: Mapped[bool] = mapped_column(default=False, server_default="false")
    created_at: Mapped[db.Time]

    __table_args__ = (Index("ix_post_people_user_id", "user_id", "post_id"),)
