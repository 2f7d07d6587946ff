"""Tokens of programs that act for a person, keys in mails, and failed sign-ins."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import columns, db


class ApiToken(db.Base):
    """One pair of access and refresh token. A refresh makes the next pair of the same family."""

    __tablename__ = "api_tokens"

    id: Mapped[db.Id]
    family_id: Mapped[uuid.UUID] = mapped_column(index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(columns.Texts())
    access_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    refresh_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    access_expires_at: Mapped[datetime]
    refresh_expires_at: Mapped[datetime] = mapped_column(index=True)
    refreshed_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    proved_at: Mapped[datetime | None]  # when the password was given last for its family
    created_at: Mapped[db.Time]


class MailKey(db.Base):
    """A key that was mailed to `email`. `purpose`: confirm (the address is the person's), reset (the password)."""

    __tablename__ = "mail_keys"

    id: Mapped[db.Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[db.Time]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (CheckConstraint("purpose IN ('confirm', 'reset')", name="purpose_known"),)


class SignInFailure(db.Base):
    """How often somebody failed to sign in to one account within the hour that began at `since`."""

    __tablename__ = "sign_in_failures"

    account: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # hash of the name: it may belong to nobody
    since: Mapped[db.Time]
    count: Mapped[int]
