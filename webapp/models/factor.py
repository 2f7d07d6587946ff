"""What is asked for besides the password."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import db


class Totp(db.Base):
    """The secret that a person's app shares with us, sealed. It counts once a code has confirmed it.

    `last_step` is the time step of the last code that was taken: that one and older ones are taken no more.
    """

    __tablename__ = "totp"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[db.Big]
    created_at: Mapped[db.Time]
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(db.Base):
    """A code that stands in for the app once, hashed with a key."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class Passkey(db.Base):
    """A key pair in somebody's device, of which we know the public half. `sign_count` grows, or it was copied."""

    __tablename__ = "passkeys"

    id: Mapped[db.Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[db.Big]
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[db.Time]
    last_used_at: Mapped[datetime | None]


class PasskeyChallenge(db.Base):
    """What a device is asked to sign, good once. `user_id` is who adds a passkey; none for a sign-in."""

    __tablename__ = "passkey_challenges"

    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
