"""Writes of the rules of the site. Each is written down in the record; the faces let staff in alone."""

import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from webapp.core import clock, db, folding, ids, options
from webapp.core.errors import Conflict, Invalid, NotFound, Refused
from webapp.core.options import OptionChange
from webapp.models import AccessRule, BlockedHash, Filter, Invite, Media, User
from webapp.policy import audit, hashes, queries, screening, shapes
from webapp.policy.schemas import NewAccessRule, NewBlockedPhotos, NewFilter, NewInvite, SiteSettingsChange
from webapp.visibility import Viewer, may

filters = Filter.__table__
blocked = BlockedHash.__table__
invites = Invite.__table__
rules = AccessRule.__table__
users = User.__table__
media = Media.__table__.c
_ORDERED = 7300  # a lock: options and filters are changed one after the other
_MOST_RULES = 1000


def _in_order() -> None:
    db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ORDERED})


def _room_for_one(table: Any, most: int) -> None:
    """Refuse one too many of a list that is read as a whole."""
    _in_order()
    if db.scalar(select(func.count()).select_from(table)) >= most:
        raise Conflict(f"There are {most:,} of them, which is as many as fit. Remove some first.")


def add_filter(viewer: Viewer, asked: NewFilter) -> shapes.KeywordFilter:
    """Add a keyword filter for what people publish from now on."""
    _room_for_one(filters, screening.MOST)
    fresh = upsert(filters).values(
        id=ids.new(), phrase=asked.phrase, folded=folding.disguised(asked.phrase), action=asked.action,
        whole_word=asked.whole_word, created_by=viewer.id, created_at=clock.now(),
    )  # fmt: skip
    made = db.row(fresh.on_conflict_do_nothing().returning(*filters.c))
    if made is None:
        raise Invalid({"phrase": ["There is a filter for these words already. Remove it first to change it."]})
    audit.write(viewer, "add_filter", "filter", made.id, phrase=made.phrase, does=made.action, whole=made.whole_word)
    db.after_commit(screening.kept.changed)
    return queries.keyword_filter(made)


def remove_filter(viewer: Viewer, filter_id: uuid.UUID) -> None:
    """Remove a keyword filter. What was held or hidden because of them stays so."""
    gone = _removed(filters, filter_id)
    audit.write(viewer, "remove_filter", "filter", filter_id, phrase=gone.phrase, does=gone.action)
    db.after_commit(screening.kept.changed)


def _removed(table: Any, row_id: uuid.UUID) -> Any:
    gone = db.row(delete(table).where(table.c.id == row_id).returning(*table.c))
    if gone is None:
        raise NotFound
    return gone


def block_photos(viewer: Viewer, asked: NewBlockedPhotos) -> shapes.BlockedPhotos:
    """Block photos: they are held when they come again. Those that are blocked already stay as they are."""
    _room_for_one(blocked, hashes.MOST)
    bits = [_add(viewer, asked.hash, asked.note)] if asked.hash else _block(viewer, asked)
    found = db.rows(select(blocked).where(blocked.c.hash.in_(bits)).order_by(blocked.c.created_at))
    return shapes.BlockedPhotos([shapes.blocked(row) for row in found])


def _add(viewer: Viewer, written: str, note: str) -> int:
    bits = hashes.signed(int(written, 16))
    hashes.add(viewer, bits, note)
    return bits


def _block(viewer: Viewer, asked: NewBlockedPhotos) -> list[int]:
    which = media.post_id == asked.post_id if asked.post_id else media.id == asked.media_id
    whose = select(media.id, media.looks, media.owner_id, users.c.role).join(users, users.c.id == media.owner_id)
    found = db.rows(whose.where(which))
    if not found:
        raise NotFound("There is no such photo, and no post with photos.")
    owner = SimpleNamespace(id=found[0].owner_id, role=found[0].role)
    if not may(viewer, "moderate", "user", owner):
        raise Refused("You can only do this to photos of people whose role is lower than yours.")
    hashes.block(viewer, [row.id for row in found], asked.note)
    bits = [row.looks for row in found if row.looks]
    if not bits:
        raise Conflict("These photos can't be recognised again: they are of one colour, or not processed yet.")
    return bits


def unblock_photo(viewer: Viewer, hash_id: uuid.UUID) -> None:
    """Unblock a photo. What was held because of it stays so."""
    gone = _removed(blocked, hash_id)
    audit.write(viewer, "unblock_photo", "hash", hash_id, hash=hashes.written(gone.hash))


def invite(viewer: Viewer, asked: NewInvite) -> shapes.InviteLink:
    """Make a link by which some people may join."""
    end = clock.now() + timedelta(days=asked.days) if asked.days else asked.expires_at
    fresh = insert(invites).values(
        id=ids.new(), note=asked.note, most=asked.most, expires_at=end, created_by=viewer.id, created_at=clock.now()
    )
    made = db.row(fresh.returning(*invites.c))
    audit.write(viewer, "invite", "invite", made.id, most=asked.most, expires_at=end and end.isoformat())
    return shapes.invite(made)


def revoke(viewer: Viewer, invite_id: uuid.UUID) -> None:
    """Take an invite back: nobody joins by it any more. Who has, stays. Twice is once."""
    mine = update(invites).where(invites.c.id == invite_id)
    first = db.row(mine.where(invites.c.revoked_at.is_(None)).values(revoked_at=clock.now()).returning(invites.c.used))
    if first is not None:
        audit.write(viewer, "revoke_invite", "invite", invite_id, used=first.used)
    elif db.row(select(invites.c.id).where(invites.c.id == invite_id)) is None:
        raise NotFound


def add_rule(viewer: Viewer, asked: NewAccessRule) -> shapes.JoinRule:
    """Add a rule: new accounts of a mail domain or a range of addresses are refused, or wait for approval."""
    _room_for_one(rules, _MOST_RULES)
    fresh = upsert(rules).values(
        id=ids.new(), domain=asked.domain, network=asked.network, action=asked.action, note=asked.note,
        created_by=viewer.id, created_at=clock.now(),
    )  # fmt: skip
    made = db.row(fresh.on_conflict_do_nothing().returning(*rules.c))
    if made is None:
        field = "domain" if asked.domain else "network"
        raise Invalid({field: ["There is a rule for this already. Remove it first to change it."]})
    about = asked.domain or asked.network
    audit.write(viewer, "add_access_rule", "access_rule", made.id, reason=asked.note, about=about, does=made.action)
    return queries.access_rule(made)


def remove_rule(viewer: Viewer, rule_id: uuid.UUID) -> None:
    """Remove a rule."""
    gone = _removed(rules, rule_id)
    about = gone.domain or str(gone.network)
    audit.write(viewer, "remove_access_rule", "access_rule", rule_id, about=about, does=gone.action)


def change_settings(viewer: Viewer, asked: SiteSettingsChange) -> shapes.SiteSettings:
    """Change options; what was left out stays. Each change is kept in the history and in the record."""
    _in_order()
    before = options.stored()
    plain = asked.model_dump(exclude_unset=True, exclude={"limits", "flags"}, exclude_none=True)
    for name, value in plain.items():
        _note(viewer, name, getattr(before, name), value)
        options.put(name, value)
    for group in ("limits", "flags"):
        given, now = getattr(asked, group), dict(getattr(before, group))
        for name, value in given.items():
            _note(viewer, f"{group}.{name}", now.get(name), value)
        now = {name: value for name, value in {**now, **given}.items() if value is not None}
        if given and now != getattr(before, group):
            options.put(group, now)
    return queries.settings()


def _note(viewer: Viewer, name: str, before: Any, after: Any) -> None:
    """Write down that an option has changed, if it has."""
    if before == after:
        return
    change = {"name": name, "before": before, "after": after, "actor_id": viewer.id, "at": clock.now()}
    db.execute(insert(OptionChange.__table__).values(change))
    audit.write(viewer, "change_option", "option", name, before=before, after=after)
