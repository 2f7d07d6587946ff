"""What goes out to those who run the site."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from webapp.media.shapes import Media
from webapp.posts.shapes import PostCounts, PostViewer
from webapp.users.shapes import Relationship, UserCounts, UserShort


@dataclass(frozen=True, slots=True)
class AdminUser:
    """A person as admins see them: what is in `users.shapes.User`, and more. The list says no relationship.

    `sanctions_count`: those that stand; `open_cases`: what is said about them now.
    """

    id: uuid.UUID
    username: str
    display_name: str
    bio: str
    avatar: Media | None
    links: list[str]
    is_verified: bool
    email: str
    email_confirmed: bool
    role: str
    status: str
    shadowbanned: bool
    is_private: bool
    suspended_until: datetime | None
    expelled_at: datetime | None
    delete_at: datetime | None
    created_at: datetime
    last_seen_at: datetime | None
    counts: UserCounts
    storage_bytes: int
    sanctions_count: int
    open_cases: int
    relationship: Relationship | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class AdminSession:
    """A sign-in of a person."""

    id: uuid.UUID
    device: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AdminSanction:
    """Something that was done to a person or to something of theirs."""

    id: uuid.UUID
    kind: str
    target_type: str
    target_id: uuid.UUID
    reason: str
    until: datetime | None
    created_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class AdminCase:
    """Something of a person that moderators look at, or looked at."""

    id: uuid.UUID
    target_type: str
    target_id: uuid.UUID
    source: str
    report_count: int
    opened_at: datetime
    closed_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class AdminPerson(AdminUser):
    """A person with their sign-ins and what moderators had to do with them, the newest 50 of each."""

    sessions: list[AdminSession]
    sanctions: list[AdminSanction]
    cases: list[AdminCase]


@dataclass(frozen=True, slots=True)
class AdminPost:
    """A post in whatever state, as admins see it: what is in `posts.shapes.Post`, and more."""

    id: uuid.UUID
    author: UserShort
    media: list[Media]
    caption: str
    location: str
    hashtags: list[str]
    mentions: list[str]
    status: str
    concealed: bool
    sensitive: bool
    counts: PostCounts
    tagged: list[UserShort]
    comments_enabled: bool
    edited_at: datetime | None
    open_reports: int
    created_at: datetime
    published_at: datetime | None
    deleted_at: datetime | None
    viewer: PostViewer | None = None  # what admins did with it themselves is not looked at


@dataclass(frozen=True, slots=True)
class AuditTarget:
    """What something was done to."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class AuditItem:
    """Something that was done. `actor` is null for what the clock did, and once the person is erased; the ids stay."""

    id: str
    at: datetime
    actor: UserShort | None
    actor_id: uuid.UUID | None
    action: str
    target: AuditTarget
    user: UserShort | None
    user_id: uuid.UUID | None
    reason: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DayStats:
    """One day (UTC). What was not measured on that day is null; times are seconds."""

    day: date
    registrations: int
    posts: int
    comments: int
    messages: int
    active: int | None
    storage_bytes: int | None
    processed: int | None
    processing_p50: float | None
    processing_p95: float | None
    queue_most: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """How much there is now. `active_week`: people who were here within seven days."""

    people: int
    active_week: int
    posts: int
    comments: int
    messages: int
    stories: int
    storage_bytes: int
    sessions: int


@dataclass(frozen=True, slots=True)
class AdminStats:
    """How the site does."""

    days: list[DayStats]
    totals: Totals
    queue: dict[str, int]


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many jobs of one name are in one state."""

    job: str
    status: str
    total: int


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that works on the queue."""

    name: str
    state: str
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class AdminJob:
    """One job of the queue. Its arguments are ids. `trace`: where it failed."""

    id: uuid.UUID
    job: str
    arguments: list[str]
    status: str
    attempts: int
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None
    error: str | None
    trace: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class ClockRun:
    """A run that did something or failed. `outcome`: done, failed, waits (a part was away), lost (cut off half-way)."""

    started_at: datetime
    finished_at: datetime | None
    outcome: str
    error: str | None
    done: dict[str, int]


@dataclass(frozen=True, slots=True)
class ClockJob:
    """Something that happens by the clock, as it ran last. `state`: good, failing or late; `done`: what, how often."""

    name: str
    seconds: int
    started_at: datetime
    finished_at: datetime | None
    succeeded_at: datetime | None
    next_at: datetime
    outcome: str
    error: str | None
    done: dict[str, int]
    state: str
    runs: list[ClockRun]


@dataclass(frozen=True, slots=True)
class Findings:
    """How many objects, of how many bytes, and since when the first of them is known."""

    total: int
    bytes: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Finding:
    """An object without a row (`stray`), or the first object that a photo lacks (`missing`)."""

    kind: str
    bucket: str
    key: str
    bytes: int
    found_at: datetime


@dataclass(frozen=True, slots=True)
class StorageReport:
    """Where rows and objects do not agree. Stray objects are deleted a day after they were found first."""

    stray: Findings
    missing: Findings
    newest: list[Finding]


@dataclass(frozen=True, slots=True)
class JobsReport:
    """The queue, a page of its jobs, and what happens by the clock. `workers` is null while Redis is away."""

    depth: dict[str, int]
    by_job: list[JobCount]
    oldest_waiting_at: datetime | None
    workers: list[Worker] | None
    items: list[AdminJob]
    next_cursor: str | None
    clock: list[ClockJob]
    storage: StorageReport


@dataclass(frozen=True, slots=True)
class Retried:
    """How many jobs begin anew."""

    retried: int


@dataclass(frozen=True, slots=True)
class Announcement:
    """What everybody is told."""

    id: uuid.UUID
    text: str
    level: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class AdminAnnouncement(Announcement):
    """The same, with whether it is shown now (`running`), later (`coming`) or no more (`over`)."""

    state: str
    created_at: datetime
