"""What goes out about the rules of the site."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from webapp.policy import hashes, joining


@dataclass(frozen=True, slots=True)
class Actor:
    """The member of staff who did something."""

    id: uuid.UUID
    username: str


@dataclass(frozen=True, slots=True)
class KeywordFilter:
    """Words that are looked for, what happens to what has them, and how often they were found."""

    id: uuid.UUID
    phrase: str
    action: Literal["hold", "hide", "refuse"]
    whole_word: bool
    hits: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FilterVerdict:
    """What would happen to a text (null: nothing), and because of which words."""

    action: Literal["hold", "hide", "refuse"] | None
    phrase: str


@dataclass(frozen=True, slots=True)
class BlockedPhoto:
    """How a photo looks that is held when it comes again; `media_id` is of which it was taken."""

    id: uuid.UUID
    hash: str
    media_id: uuid.UUID | None
    note: str
    hits: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BlockedPhotos:
    """Those that were blocked now."""

    items: list[BlockedPhoto]


@dataclass(frozen=True, slots=True)
class InviteLink:
    """A link by which people may join."""

    id: uuid.UUID
    url: str
    note: str
    most: int
    used: int
    state: Literal["open", "revoked", "expired", "used"]
    expires_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class JoinRule:
    """What holds for new accounts of a mail domain or a range of addresses."""

    id: uuid.UUID
    domain: str | None
    network: str | None
    action: Literal["refuse", "approve"]
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """Somebody who waits for approval: what they said, and why approval is asked for (mode or rule)."""

    id: uuid.UUID
    username: str
    display_name: str
    email: str
    email_confirmed: bool
    words: str
    why: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Door:
    """Whether one may join, and how; `reason` says why not, and what to do."""

    mode: Literal["open", "approval", "invite", "closed"]
    is_open: bool
    approval: bool
    invited: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SiteChoice:
    """An option, what holds now and at first, and what it means."""

    name: str
    value: bool | int | str | None
    default: bool | int | str | None
    description: str


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How many calls of a kind are taken a minute or an hour, and how many usually."""

    bucket: str
    number: int
    unit: Literal["minute", "hour"]
    usual: int
    changed: bool


@dataclass(frozen=True, slots=True)
class FeatureFlag:
    """A part of the site, and whether it is there."""

    name: str
    on: bool
    description: str


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """All options; `registration` is what holds, whoever decided it."""

    registration: Literal["open", "approval", "invite", "closed"]
    options: list[SiteChoice]
    limits: list[RateLimit]
    flags: list[FeatureFlag]
    keyword_filters: int


@dataclass(frozen=True, slots=True)
class SettingChange:
    """What an option was and became, by whom; null: nobody who is still here."""

    id: int
    name: str
    before: bool | int | str | None
    after: bool | int | str | None
    actor: Actor | None
    at: datetime


def blocked(row: Any) -> BlockedPhoto:
    """Make the shape of a row of `blocked_hashes`."""
    return BlockedPhoto(row.id, hashes.written(row.hash), row.media_id, row.note, row.hits, row.created_at)


def invite(row: Any) -> InviteLink:
    """Make the shape of a row of `invites`."""
    return InviteLink(
        row.id, joining.link(row.id), row.note, row.most, row.used, joining.state(row), row.expires_at, row.created_at
    )  # type: ignore[arg-type]
