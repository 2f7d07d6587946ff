"""The record of what was done in the name of the site, to be read, searched and taken along as a file."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson
from sqlalchemy import ColumnElement, select

from webapp.admin import queries, shapes
from webapp.admin.schemas import RecordFilter
from webapp.core import db, ids
from webapp.core.page import Ask, Page, cut
from webapp.models import AuditEntry
from webapp.moderation import history
from webapp.visibility import NOBODY, Viewer

_BATCH = 500
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet would take for the beginning of a formula
HEAD = ("id", "at", "actor", "actor_id", "action", "target_type", "target_id", "user", "user_id", "reason", "facts")
entries = AuditEntry.__table__.c

# What the codes mean, between who did it and to what: “ada took down a post”.
WORDS = {
    "takedown": "took down", "restore": "put back", "hold": "held for review", "approve": "approved", "warn": "warned",
    "suspend": "suspended", "unsuspend": "let back in", "shadowban": "hid from others", "unshadowban": "showed again",
    "sensitive": "covered as sensitive", "role": "changed a role", "delete": "deleted an account",
    "undo": "took a decision back", "flag": "opened a case", "assign": "assigned a case", "note": "wrote a note",
    "dismiss": "left as it is", "appeal-accept": "accepted an appeal", "appeal-reject": "turned an appeal down",
    "add_filter": "added a filter", "remove_filter": "removed a filter", "block_photo": "blocked a photo",
    "unblock_photo": "let a photo pass again", "invite": "made an invite", "revoke_invite": "ended an invite",
    "add_access_rule": "added a rule for joining", "remove_access_rule": "removed a rule for joining",
    "approve_registration": "let somebody join", "reject_registration": "turned somebody away",
    "change_option": "changed a setting", "end_sessions": "signed somebody out", "retry_job": "started a job again",
    "discard_job": "threw a job away", "run_clock_job": "let a job of the clock run",
    "announce": "made an announcement", "purge": "erased for good, on the machine",
    "restore_backup": "put a backup in place",
    "create_admin": "made an admin on the machine", "withdraw_announcement": "removed an announcement",
}  # fmt: skip
THINGS = {"post": "a post", "comment": "a comment", "story": "a story", "message": "a message"}
_BEHIND = ("sanction", "case", "lifted")  # ids that lead programs on, and tell people nothing


def say(action: str) -> str:
    """Say what a code of the record means."""
    return WORDS.get(action) or action.replace("_", " ").replace(".", " ")


def details(facts: Mapping[str, Any]) -> list[str]:
    """Say what else was written down, in pieces that people can read."""
    pieces = []
    for name, value in facts.items():
        if name in _BEHIND or value in (None, "", {}, []):
            continue
        if isinstance(value, dict) and "to" in value:
            pieces.append(f"{value.get('role')} → {value['to']}")
            continue
        inner = ", ".join(f"{key} {part}" for key, part in value.items()) if isinstance(value, dict) else str(value)
        pieces.append(f"{name.replace('_', ' ')}: {inner}")
    return pieces


def entries_of(viewer: Viewer, asked: RecordFilter, ask: Ask) -> Page[shapes.AuditItem]:
    """Return what was done, the latest first."""
    after = ask.after("record", (int,))
    page = cut(_read(asked, after[0] if after else None, ask.limit + 1), ask, "record", lambda row: (row.seq,))
    return page.map(lambda rows: _items(viewer, rows))


def _read(asked: RecordFilter, before: int | None, limit: int) -> Sequence[Any]:
    statement = select(*entries).where(*_wanted(asked)).order_by(entries.seq.desc()).limit(limit)
    return db.rows(statement if before is None else statement.where(entries.seq < before))


def _wanted(asked: RecordFilter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    for column, name in ((entries.actor_id, asked.actor), (entries.user_id, asked.user)):
        if name:
            wanted.append(column == (queries.named(name) or ids.parse(name) or NOBODY))
    if asked.target:
        kind, _, target_id = asked.target.rpartition(":")
        wanted.append(entries.target_id == target_id)
        wanted += [entries.target_type == kind] if kind else []
    if asked.action:
        wanted.append(entries.action == asked.action)
    wanted += [entries.at >= asked.since] if asked.since else []
    wanted += [entries.at < asked.until] if asked.until else []
    return wanted


def _items(viewer: Viewer, rows: Sequence[Any]) -> list[shapes.AuditItem]:
    known = history.people(viewer, [found for row in rows for found in (row.actor_id, row.user_id)])
    return [
        shapes.AuditItem(
            str(row.seq), row.at, known.get(row.actor_id), row.actor_id, row.action,
            shapes.AuditTarget(row.target_type, row.target_id), known.get(row.user_id), row.user_id,
            row.reason, row.facts,
        )
        for row in rows
    ]  # fmt: skip


def file(viewer: Viewer, asked: RecordFilter, make: Any) -> Iterator[bytes]:
    """Yield the record as CSV, some hundred entries at a time, each read in a unit of its own."""
    yield _lines([HEAD])
    before: int | None = None
    while True:
        with db.unit(reading=True, make=make):
            rows = _read(asked, before, _BATCH)
            items = _items(viewer, rows)
        if not items:
            return
        yield _lines([_line(item) for item in items])
        before = rows[-1].seq


def _line(item: shapes.AuditItem) -> tuple[str, ...]:
    return (
        item.id, item.at.isoformat(), item.actor.username if item.actor else "", str(item.actor_id or ""), item.action,
        item.target.type, item.target.id, item.user.username if item.user else "", str(item.user_id or ""),
        item.reason, orjson.dumps(item.facts).decode(),
    )  # fmt: skip


def _lines(rows: Sequence[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _plain(cell: str) -> str:
    """Let no spreadsheet take what somebody wrote for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_RISKY) else cell


def query(asked: Mapping[str, str]) -> str:
    """Return the filters of an address as one writes them behind another, for the file with the same entries."""
    chosen = {name: asked[name] for name in ("actor", "user", "target", "action", "since", "until") if asked.get(name)}
    return f"?{urlencode(chosen)}" if chosen else ""
