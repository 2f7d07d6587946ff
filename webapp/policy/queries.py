"""Reads of the rules of the site: for staff, who are let in by the faces; and what a visitor may know of the door."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_

from webapp.core import db, options
from webapp.core.errors import AppError
from webapp.core.options import OptionChange, Options
from webapp.core.page import Ask, Page, cut
from webapp.models import AccessRule, BlockedHash, Filter, Invite, Joining, User
from webapp.policy import joining, screening, shapes
from webapp.web import flags, limits

users = User.__table__.c
joinings = Joining.__table__.c


def _newest(table: Any, ask: Ask, name: str) -> Page[Any]:
    """Return rows of a table, the newest first."""
    after = ask.after(name, (datetime, uuid.UUID))
    statement = select(table).order_by(table.c.created_at.desc(), table.c.id.desc()).limit(ask.limit + 1)
    if after:
        statement = statement.where(tuple_(table.c.created_at, table.c.id) < after)
    return cut(db.rows(statement), ask, name, lambda row: (row.created_at, row.id))


def filters(ask: Ask) -> Page[shapes.KeywordFilter]:
    """Return the keyword filters, the newest first."""
    return _newest(Filter.__table__, ask, "filters").map(lambda rows: [keyword_filter(row) for row in rows])


def keyword_filter(row: Any) -> shapes.KeywordFilter:
    """Make the shape of a row of `filters`."""
    return shapes.KeywordFilter(row.id, row.phrase, row.action, row.whole_word, row.hits, row.created_at)


def tried(text: str) -> shapes.FilterVerdict:
    """Return what would happen to a text. Nothing is counted."""
    found = screening.screen(text)
    return shapes.FilterVerdict(found.action, found.phrase)  # type: ignore[arg-type]


def blocked_photos(ask: Ask) -> Page[shapes.BlockedPhoto]:
    """Return how blocked photos look, the newest first."""
    return _newest(BlockedHash.__table__, ask, "hashes").map(lambda rows: [shapes.blocked(row) for row in rows])


def invites(ask: Ask) -> Page[shapes.InviteLink]:
    """Return all invites, the newest first."""
    return _newest(Invite.__table__, ask, "invites").map(lambda rows: [shapes.invite(row) for row in rows])


def access_rules(ask: Ask) -> Page[shapes.JoinRule]:
    """Return the rules about mail domains and address ranges, the newest first."""
    return _newest(AccessRule.__table__, ask, "access-rules").map(lambda rows: [access_rule(row) for row in rows])


def access_rule(row: Any) -> shapes.JoinRule:
    """Make the shape of a row of `access_rules`."""
    network = str(row.network) if row.network is not None else None
    return shapes.JoinRule(row.id, row.domain, network, row.action, row.note, row.created_at)


def requests(ask: Ask) -> Page[shapes.RegistrationRequest]:
    """Return who waits for approval, who has waited longest first."""
    after = ask.after("registrations", (datetime, uuid.UUID))
    statement = _waiting().order_by(joinings.created_at, users.id).limit(ask.limit + 1)
    if after:
        statement = statement.where(tuple_(joinings.created_at, users.id) > after)
    page = cut(db.rows(statement), ask, "registrations", lambda row: (row.created_at, row.id))
    return page.map(lambda rows: [_request(row) for row in rows])


def waiting(user_id: uuid.UUID) -> shapes.RegistrationRequest | None:
    """Return somebody who waits for approval, locked; None if nobody of this id does (any more)."""
    row = db.row(_waiting().where(users.id == user_id).with_for_update(of=User.__table__, **db.LOCK))
    return _request(row) if row is not None else None


def _waiting() -> Select[Any]:
    return (
        select(
            users.id, users.username, users.display_name, users.email, users.email_confirmed_at, joinings.words,
            joinings.why, joinings.created_at,
        )
        .join(Joining.__table__, joinings.user_id == users.id)
        .where(users.own_status == "pending", users.status != "erasing")
    )  # fmt: skip


def _request(row: Any) -> shapes.RegistrationRequest:
    confirmed = row.email_confirmed_at is not None
    return shapes.RegistrationRequest(
        row.id, row.username, row.display_name, row.email, confirmed, row.words, row.why, row.created_at
    )


def door(invite: str = "") -> shapes.Door:
    """Return whether one may join, with this invite or without one; an invite that has ended says why."""
    mode = options.registration()
    reason, invited = {"closed": joining.CLOSED, "invite": joining.BY_INVITE}.get(mode, ""), False
    if invite and mode != "closed":
        try:
            joining.invited(invite)
            reason, invited = "", True
        except AppError as error:
            reason = error.sentence
    approval = mode == "approval" and not invited
    return shapes.Door(mode, not reason, approval, invited, reason)  # type: ignore[arg-type]


def settings() -> shapes.SiteSettings:
    """Return all options as they hold now."""
    now = options.stored()
    filters_there = db.scalar(select(func.count()).select_from(Filter.__table__))
    return shapes.SiteSettings(
        now.registration or options.registration(),  # type: ignore[arg-type]
        [_choice(now, name) for name in Options.model_fields if name not in ("limits", "flags")],
        [_limit(now, bucket) for bucket in limits.BUCKETS],
        [shapes.FeatureFlag(name, now.flags.get(name, True), flag.description) for name, flag in flags.FLAGS.items()],
        filters_there,
    )


def _choice(now: Options, name: str) -> shapes.SiteChoice:
    field = Options.model_fields[name]
    return shapes.SiteChoice(name, getattr(now, name), field.default, field.description or "")


def _limit(now: Options, bucket: str) -> shapes.RateLimit:
    usual, unit, _ = limits.BUCKETS[bucket]
    number = now.limits.get(bucket, usual)
    return shapes.RateLimit(bucket, number, unit, usual, number != usual)  # type: ignore[arg-type]


def history(ask: Ask) -> Page[shapes.SettingChange]:
    """Return what was changed in the options, the last change first."""
    table = OptionChange.__table__.c
    after = ask.after("option-changes", (int,))
    statement = (
        select(OptionChange.__table__, users.username)
        .outerjoin(User.__table__, users.id == table.actor_id)
        .order_by(table.seq.desc())
        .limit(ask.limit + 1)
    )
    if after:
        statement = statement.where(table.seq < after[0])
    page = cut(db.rows(statement), ask, "option-changes", lambda row: (row.seq,))
    return page.map(lambda rows: [_change(row) for row in rows])


def _change(row: Any) -> shapes.SettingChange:
    actor = shapes.Actor(row.actor_id, row.username) if row.username else None
    return shapes.SettingChange(row.seq, row.name, row.before, row.after, actor, row.at)
