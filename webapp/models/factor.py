"""What is asked for besides the password."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
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
