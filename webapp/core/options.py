"""What admins change while the site runs: a row a name, read again every few seconds by each process.

`Options` lists every name with its type and what holds until somebody changes it.
"""

import uuid
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import BigInteger, Identity, Text, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import cache, db, gate, log, replica


class SiteOption(db.Base):
    """One option that is not as it is at first."""

    __tablename__ = "site_options"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)


class OptionChange(db.Base):
    """What an option was and became. Only ever inserted."""

    __tablename__ = "option_changes"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text, index=True)
    before: Mapped[Any] = mapped_column(JSONB)
    after: Mapped[Any] = mapped_column(JSONB)
    actor_id: Mapped[uuid.UUID | None]
    at: Mapped[db.Time]


class Options(BaseModel):
    """Every option: type, what holds at first, meaning."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    registration: Literal["open", "approval", "invite", "closed"] | None = Field(
        default=None, description="Who may join; without a choice REGISTRATION_OPEN decides"
    )
    new_account_days: int = Field(
        default=0, ge=0, le=90, description="Days for which an account counts as new; 0: not at all"
    )
    new_account_percent: int = Field(
        default=25, ge=1, le=100, description="Share of the rate limits that new accounts have"
    )
    new_account_hold: bool = Field(
        default=False, description="Whether the first post of a new account waits for review"
    )
    limits: dict[str, int] = Field(default_factory=dict, description="Rate limits that differ from the usual ones")
    flags: dict[str, bool] = Field(default_factory=dict, description="Features that are switched off or on")


_registration = ["open"]


def configure(*, registration_open: bool) -> None:
    """Set who may join until an admin has chosen it."""
    _registration[:] = ["open" if registration_open else "closed"]


def registration() -> str:
    """Return who may join: open, approval, invite or closed."""
    return now().registration or _registration[0]


def now() -> Options:
    """Return all options as they are, or were some seconds ago."""
    try:
        return kept.get()
    except Exception as error:
        if not db.lost(error):
            raise
        gate.found(error)
        return kept.hold(kept.last or Options())  # the page that says so needs them, too


def stored() -> Options:
    """Return all options as the database has them now, for whoever changes them."""
    return _understood(_read())


def _understood(found: Any) -> Options:
    """Return what was kept, without what means nothing to this release: a page must not fail because of another one."""
    kept = dict(found) if isinstance(found, dict) else {}
    while True:
        try:
            return Options(**kept)
        except ValidationError as error:
            strange = {str(one["loc"][0]) for one in error.errors()}
            log.get().error("options that mean nothing", names=sorted(strange))
            kept = {name: value for name, value in kept.items() if name not in strange}


@replica.from_primary
def _read() -> dict[str, Any]:
    table = SiteOption.__table__.c
    return {row.name: row.value for row in db.rows(select(table.name, table.value))}


kept = cache.Copy("options", _read, _understood)


def put(name: str, value: Any) -> None:
    """Set one option, in the open transaction; from its commit on it counts here, elsewhere some seconds later."""
    row = insert(SiteOption).values(name=name, value=value)
    db.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
    db.after_commit(kept.changed)
