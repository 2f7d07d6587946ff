"""Photos (and later video): the original, its variants, and where they lie."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import crypto, db

PURPOSES = ("post", "story", "avatar", "message")
STATUSES = ("pending", "processing", "ready", "failed")
NAMES = ("thumb", "small", "medium", "large")
FORMATS = ("webp", "jpg")


class Media(db.Base):
    """One photo. `public_key` names its copies in the public bucket; they are there while `is_public`."""

    __tablename__ = "media"

    id: Mapped[db.Id]
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text, default="image", server_default="image")
    status: Mapped[str] = mapped_column(Text, default="pending", server_default="pending")
    error: Mapped[str | None] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    size: Mapped[db.Big]
    width: Mapped[int | None]
    height: Mapped[int | None]
    placeholder: Mapped[str | None] = mapped_column(Text)
    alt: Mapped[str] = mapped_column(Text, default="", server_default="")
    looks: Mapped[db.Big | None]  # 64 bits that stand for how it looks, the same for resized copies
    public_key: Mapped[str] = mapped_column(Text, default=lambda: crypto.token(15), unique=True)
    is_public: Mapped[bool] = mapped_column(default=False, server_default="false")
    post_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    in_use: Mapped[bool] = mapped_column(default=False, server_default="false")  # a story or a message shows it
    created_at: Mapped[db.Time]
    processed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(f"purpose IN {PURPOSES}", name="purpose_known"),
        CheckConstraint(f"status IN {STATUSES}", name="status_known"),
        Index("ix_media_post", "post_id", "position"),
        Index("ix_media_owner", "owner_id", "created_at"),
        Index("ix_media_unknown", "id", postgresql_where="looks IS NULL AND status = 'ready'"),
        Index("ix_media_unused", "created_at", postgresql_where="post_id IS NULL AND NOT in_use"),
    )

    @property
    def incoming(self) -> str:
        """Key under which the browser writes."""
        return incoming(self.id)

    @property
    def original(self) -> str:
        """Key of the original as it came."""
        return f"originals/{self.id}"

    def variant_keys(self) -> list[str]:
        """Keys of all variants in the private bucket."""
        return [private_key(self.id, name, form) for name in NAMES for form in FORMATS]

    def public_keys(self) -> list[str]:
        """Keys of all copies in the public bucket, in the order of `variant_keys`."""
        return copies(self.public_key)


class StorageFinding(db.Base):
    """Where rows and objects do not agree. `stray`: an object without a row, deleted a day after it was found first.

    `missing`: a photo that lacks objects (`key` is the first of them); what can be made again is.
    """

    __tablename__ = "storage_findings"

    bucket: Mapped[str] = mapped_column(Text, primary_key=True)  # private or public
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    bytes: Mapped[db.Big] = mapped_column(default=0, server_default="0")
    found_at: Mapped[db.Time]

    __table_args__ = (
        CheckConstraint("bucket IN ('private', 'public')", name="bucket_known"),
        CheckConstraint("kind IN ('stray', 'missing')", name="kind_known"),
        Index("ix_storage_findings_kind", "kind", "found_at"),
    )


def incoming(media_id: uuid.UUID) -> str:
    """Return the key under which the browser writes. Nothing is ever served from here."""
    return f"incoming/{media_id}"


def copies(public_key: str) -> list[str]:
    """Return the keys of all copies in the public bucket under one public key."""
    return [f"{public_key}/{name}.{form}" for name in NAMES for form in FORMATS]


def private_key(media_id: uuid.UUID, name: str, form: str) -> str:
    """Return the key of a variant in the private bucket."""
    return f"variants/{media_id}/{name}.{form}"
