"""What people do to posts with one tap, and the folders of what they saved."""

import uuid

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import db


class Like(db.Base):
    """A person likes a post. The primary key answers “does the viewer?” for a whole page of posts."""

    __tablename__ = "likes"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[db.Time]
    counted: Mapped[bool] = mapped_column(default=True, server_default="true")  # the person is in good standing

    __table_args__ = (
        Index("ix_likes_post", "post_id", "created_at", "user_id"),
        Index("ix_likes_user", "user_id", "created_at", "post_id"),
    )


class Repost(db.Base):
    """A person passes a post on. `seq` places it among all posts and reposts; `post_seq` is its post's own number."""

    __tablename__ = "reposts"

    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[db.Big]
    post_seq: Mapped[db.Big]
    created_at: Mapped[db.Time]
    counted: Mapped[bool] = mapped_column(default=True, server_default="true")  # the person is in good standing

    __table_args__ = (
        Index("ix_reposts_user", "user_id", "seq", postgresql_include=["post_seq"]),
        Index("ix_reposts_post", "post_id", "created_at", "user_id"),
    )


class Save(db.Base):
    """A person keeps a post for later. Nobody else learns of it."""

    __tablename__ = "saves"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    folder_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("save_folders.id", ondelete="SET NULL"))
    created_at: Mapped[db.Time]

    __table_args__ = (
        Index("ix_saves_folder_id", "folder_id", postgresql_where="folder_id IS NOT NULL"),
        Index("ix_saves_post_id", "post_id"),
        Index("ix_saves_user", "user_id", "created_at", "post_id"),
    )


class SaveFolder(db.Base):
    """A named folder of what somebody saved. `folded` is the name as it is compared: one of each."""

    __tablename__ = "save_folders"

    id: Mapped[db.Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    created_at: Mapped[db.Time]

    __table_args__ = (Index("ix_save_folders_user", "user_id", "folded", unique=True),)
