"""What is searched: the words of people and posts, folded, beside their tables, and the hashtags there are.

They stand in tables of their own, so that rows which change with every like and follow stay narrow.
"""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import columns, db


class UserWords(db.Base):
    """What a person is found by: the words of both names, and the keys of what is typed by mistake for them."""

    __tablename__ = "user_words"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(TSVECTOR)
    near: Mapped[list[str]] = mapped_column(columns.Texts())

    __table_args__ = (
        Index("ix_user_words_words", "words", postgresql_using="gin"),
        Index("ix_user_words_near", "near", postgresql_using="gin"),
    )


class PostWords(db.Base):
    """What a published post is found by: caption, #tags, @names, place, alt texts, and its author."""

    __tablename__ = "post_words"

    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    published_seq: Mapped[db.Big]
    place: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(TSVECTOR)

    __table_args__ = (
        Index("ix_post_words_words", "words", postgresql_using="gin"),
        Index("ix_post_words_place", "place", "published_seq", postgresql_where="place <> ''"),
    )


class Tag(db.Base):
    """A hashtag that somebody used. `post_count` orders suggestions: the public posts as they were at `counted_at`."""

    __tablename__ = "tags"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    folded: Mapped[str] = mapped_column(Text)
    post_count: Mapped[int] = mapped_column(default=0, server_default="0")
    counted_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_tags_folded", "folded", postgresql_ops={"folded": "text_pattern_ops"}),)


class TagFollow(db.Base):
    """A person wants to see more of a hashtag. It need not be in use yet."""

    __tablename__ = "tag_follows"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[db.Time]

    __table_args__ = (Index("ix_tag_follows_newest", "user_id", "created_at", "tag"),)
