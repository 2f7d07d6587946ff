"""Stories: photos for a day, who saw them, and those kept on a profile as highlights."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import db

AUDIENCES = ("followers", "close_friends")


class Story(db.Base):
    """One photo for a day. It is over when `expires_at` is past by the database's clock; rows and objects go later.

    `seq` orders them; it is taken, as `expires_at` is, when the photo is ready.
    """

    __tablename__ = "stories"

    id: Mapped[db.Id]
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    media_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    caption: Mapped[str] = mapped_column(Text, default="", server_default="")
    audience: Mapped[str] = mapped_column(Text, default="followers", server_default="followers")
    status: Mapped[str] = mapped_column(Text, default="processing", server_default="processing")
    moderated: Mapped[str | None] = mapped_column(Text)  # as of comments
    sensitive: Mapped[bool] = mapped_column(default=False, server_default="false")  # by moderators
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    created_at: Mapped[db.Time]
    published_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(f"audience IN {AUDIENCES}", name="audience_known"),
        CheckConstraint("status IN ('processing', 'published', 'failed')", name="status_known"),
        CheckConstraint("moderated IN ('held', 'taken_down', 'concealed')", name="moderated_known"),
        CheckConstraint("status <> 'published' OR expires_at IS NOT NULL", name="published_expires"),
        Index("ix_stories_media_id", "media_id", unique=True),
        Index("ix_stories_author", "author_id", "expires_at"),
        Index("ix_stories_expires_at", "expires_at"),
    )


class StoryView(db.Base):
    """Somebody has seen a story."""

    __tablename__ = "story_views"

    story_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True)
    viewer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[db.Time]

    __table_args__ = (Index("ix_story_views_viewer_id", "viewer_id"),)


class Highlight(db.Base):
    """Stories that their author keeps on the profile, under a title."""

    __tablename__ = "highlights"

    id: Mapped[db.Id]
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(Text)
    cover_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stories.id", ondelete="SET NULL"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[db.Time]

    __table_args__ = (
        Index("ix_highlights_owner", "owner_id", "position"),
        Index("ix_highlights_cover_id", "cover_id", postgresql_where="cover_id IS NOT NULL"),
    )


class HighlightStory(db.Base):
    """A story in a highlight, at its place."""

    __tablename__ = "highlight_stories"

    highlight_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("highlights.id", ondelete="CASCADE"), primary_key=True)
    story_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int]

    __table_args__ = (Index("ix_highlight_stories_story_id", "story_id"),)
