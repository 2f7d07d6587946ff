"""Comments and their likes."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import db

_UNKNOWN = "held_for IS NOT NULL OR moderated IS NOT NULL OR NOT counted"  # to numbers


class Comment(db.Base):
    """A comment on a post, or a reply to a top-level comment: threads are one level deep."""

    __tablename__ = "comments"

    id: Mapped[db.Id]
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    content: Mapped[str] = mapped_column(Text)
    # Whose approval it waits for: of the post's author, who restricted its author. Until then both see it, nobody else.
    held_for: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # By moderators or a filter: its author alone sees it. Held and taken down are told to the author, concealed is not.
    moderated: Mapped[str | None] = mapped_column(Text)
    like_count: Mapped[int] = mapped_column(default=0, server_default="0")
    reply_count: Mapped[int] = mapped_column(default=0, server_default="0")
    counted: Mapped[bool] = mapped_column(default=True, server_default="true")  # the author is in good standing
    created_at: Mapped[db.Time]
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    __table_args__ = (
        CheckConstraint("moderated IN ('held', 'taken_down', 'concealed')", name="moderated_known"),
        CheckConstraint("like_count >= 0 AND reply_count >= 0", name="counts"),
        Index(
            "ix_comments_thread",
            "post_id",
            "seq",
            postgresql_where="parent_id IS NULL AND deleted_at IS NULL",
        ),
        # whole, not of the living alone: the deletion of a post or a comment takes its own with it through these
        Index("ix_comments_replies", "parent_id", "seq", postgresql_where="parent_id IS NOT NULL"),
        Index("ix_comments_newest", "post_id", "seq"),
        Index("ix_comments_author_id", "author_id"),
        Index("ix_comments_held_for", "held_for", "seq", postgresql_where="held_for IS NOT NULL"),
        Index("ix_comments_held", "author_id", "post_id", postgresql_where=_UNKNOWN),
        Index("ix_comments_deleted_at", "deleted_at", postgresql_where="deleted_at IS NOT NULL"),
        Index("ix_comments_deleted_by", "deleted_by", postgresql_where="deleted_by IS NOT NULL"),
    )


class CommentLike(db.Base):
    """A person likes a comment."""

    __tablename__ = "comment_likes"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    comment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[db.Time]
    counted: Mapped[bool] = mapped_column(default=True, server_default="true")  # the person is in good standing

    __table_args__ = (Index("ix_comment_likes_comment_id", "comment_id"),)
