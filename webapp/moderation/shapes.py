"""What goes out about reports, cases, sanctions and appeals."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.media.shapes import Media
from webapp.users.shapes import UserShort

MILD = ("dismiss", "approve", "restore")  # outcomes by which nothing was done to anybody
_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class Report:
    """What one reported. `outcome` is null while it is open, then acted or not_acted: what was done is not told."""

    id: uuid.UUID
    target_type: str
    target_id: uuid.UUID
    reason: str
    note: str
    status: str
    outcome: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CaseTarget:
    """What a case is about. `status` is its own word: published, taken_down, held, concealed, deleted, suspended.

    What is gone has no author and the status `gone`.
    """

    type: str
    id: uuid.UUID
    excerpt: str
    media: list[Media]
    author: UserShort | None
    status: str
    url: str | None


@dataclass(frozen=True, slots=True)
class CaseReports:
    """How often something was reported, for which reasons, and when last."""

    count: int
    reasons: dict[str, int]
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that moderators look at. `outcome` is dismiss or what was done."""

    id: uuid.UUID
    target: CaseTarget
    reports: CaseReports
    assignee: UserShort | None
    source: str
    detail: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: UserShort | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class ReporterRecord:
    """How many closed reports of somebody's there are, and how many of them led to something."""

    closed: int
    acted: int


@dataclass(frozen=True, slots=True)
class FiledReport:
    """A report as moderators read it."""

    id: uuid.UUID
    reporter: UserShort | None
    reason: str
    note: str
    record: ReporterRecord
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ActionTarget:
    """What something was done to."""

    type: str
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Action:
    """What a moderator did; `quiet`: whom it concerns was not told. It stands until `undone_at`, or `until`."""

    id: uuid.UUID
    kind: str
    target: ActionTarget
    user: UserShort | None
    actor: UserShort | None
    reason: str
    quiet: bool
    until: datetime | None
    created_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class AuthorRecord:
    """What is known of a case's person: how long they are here, what they made, what there was before."""

    role: str
    status: str
    shadowbanned: bool
    created_at: datetime
    posts: int
    comments: int
    followers: int
    cases: int
    cases_acted: int


@dataclass(frozen=True, slots=True)
class CaseNote:
    """A note of a moderator for the others."""

    id: uuid.UUID
    author: UserShort | None
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ContextMessage:
    """A private message around the one that was reported."""

    id: uuid.UUID
    sender: UserShort
    content: str
    media: Media | None
    deleted: bool
    reported: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PastCase:
    """An earlier case of the same person."""

    id: uuid.UUID
    target_type: str
    outcome: str | None
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseDetail(Case):
    """A case with all that is needed to decide it. `can` are the actions that the moderator may take."""

    content: str
    filed: list[FiledReport]
    author: AuthorRecord | None
    actions: list[Action]
    history: list[Action]
    earlier: list[PastCase]
    notes: list[CaseNote]
    context: list[ContextMessage]
    can: list[str]


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """What became of one of several cases; `detail` says why nothing did."""

    id: str
    status: int
    outcome: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class BulkOutcomes:
    """What became of several cases, in their order."""

    items: list[BulkOutcome]


@dataclass(frozen=True, slots=True)
class Appeal:
    """What one wrote about a decision, and the answer."""

    id: uuid.UUID
    action_id: uuid.UUID
    content: str
    status: str
    answer: str
    created_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnAction:
    """Something that moderators did to oneself or to something of one's own. `can_appeal`: nobody answered yet."""

    id: uuid.UUID
    kind: str
    reason: str
    target: ActionTarget
    until: datetime | None
    created_at: datetime
    undone_at: datetime | None
    appeal: Appeal | None
    can_appeal: bool


@dataclass(frozen=True, slots=True)
class AppealCase(Appeal):
    """An appeal as moderators read it. `can`: `decide`, unless one took the decision oneself."""

    user: UserShort | None
    action: Action
    decided_by: UserShort | None
    can: list[str]


def excerpt(text: str) -> str:
    """Cut a text to what a line of a list shows."""
    text = " ".join(text.split())
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1].rstrip() + "…"


def verdict(outcome: str | None) -> str | None:
    """Return what a reporter learns of an outcome."""
    return None if outcome is None else "not_acted" if outcome in MILD else "acted"


def report(row: Any) -> Report:
    """Make the shape from a row of a report joined with its case."""
    return Report(
        row.id, row.target_type, row.target_id, row.reason, row.note, "resolved" if row.closed_at else "open",
        verdict(row.outcome) if row.closed_at else None, row.created_at,
    )  # fmt: skip


def appeal(row: Any) -> Appeal:
    """Make the shape from a row of `appeals`."""
    return Appeal(row.id, row.sanction_id, row.content, row.status, row.answer, row.created_at, row.decided_at)
