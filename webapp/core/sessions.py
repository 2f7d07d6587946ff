"""Sign-ins as rows: revocable at once, alive when Redis is not. The key in the cookie is stored hashed."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, ForeignKey, Index, LargeBinary, Text, Uuid, any_, bindparam, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import cache, clock, crypto, db, live

_FRESH = timedelta(minutes=10)
TURN = "sessions:turn"  # under this key lies a number; what was kept in another turn counts no longer
TOUCH_SECONDS = 300  # a visit is written down at most this often


class UserSession(db.Base):
    """One sign-in on one device."""

    __tablename__ = "sessions"

    id: Mapped[db.Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    stay: Mapped[bool] = mapped_column(default=False)
    by_passkey: Mapped[bool] = mapped_column(default=False, server_default="false")
    proved_at: Mapped[datetime | None]  # when the password or a passkey was given last, at first to sign in
    trusted_until: Mapped[datetime | None]  # until when staff may go on without giving it again; their visits move it
    device: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[db.Time]
    last_seen_at: Mapped[db.Time]
    expires_at: Mapped[datetime]

    __table_args__ = (Index("ix_sessions_user_id", "user_id"), Index("ix_sessions_expires_at", "expires_at"))


_lifetimes: dict[bool, timedelta] = {False: timedelta(hours=24), True: timedelta(days=30)}


_trust = [timedelta(minutes=60)]
_most = [timedelta(days=365)]


def configure(*, hours: int, days_stay: int, days_most: int, proof_minutes: int) -> None:
    """Set how long a session lasts after the last visit, without and with “stay signed in”, and a proof for staff.

    After `days_most` one signs in anew, however often one comes.
    """
    _most[:] = [timedelta(days=days_most)]
    _lifetimes.update({False: timedelta(hours=hours), True: timedelta(days=days_stay)})
    _trust[:] = [timedelta(minutes=proof_minutes)]


def trust() -> timedelta:
    """Return for how long staff may go on after they have shown who they are."""
    return _trust[0]


def most() -> timedelta:
    """Return after how long one shows once more who one is, even if one comes every day."""
    return _most[0]


def lifetime(stay: bool) -> timedelta:
    """Return how long a session lasts after the last visit."""
    return _lifetimes[stay]


def start(
    user_id: uuid.UUID, *, stay: bool, device: str, address: str, by_passkey: bool = False
) -> tuple[UserSession, str]:
    """Open a session. Returns its row and the key for the cookie, which is not kept here."""
    key = crypto.token()
    row = UserSession(
        user_id=user_id,
        key_hash=crypto.digest(key),
        stay=stay,
        by_passkey=by_passkey,
        proved_at=clock.now(),
        trusted_until=clock.now() + trust(),
        device=device[:300],
        address=address,
        expires_at=clock.now() + min(lifetime(stay), most()),
    )
    db.add(row)
    return row, key


def cache_key(key_hash: bytes) -> str:
    """Return the cache's name for a session."""
    return f"session:{key_hash.hex()}"


def touch(session_id: uuid.UUID, stay: bool) -> datetime | None:
    """Write a visit down and let the session slide on. Returns until when; None if it has just ended."""
    now = clock.now()
    table = UserSession.__table__
    until = func.least(now + lifetime(stay), table.c.created_at + most())
    slid = table.update().where(table.c.id == session_id).values(last_seen_at=now, expires_at=until)
    found: datetime | None = db.scalar(slid.returning(table.c.expires_at))
    return found


def fresh(session_id: uuid.UUID | None, *, by_passkey: bool = False) -> bool:
    """Tell whether whoever uses a session has just shown who they are (by a passkey)."""
    if session_id is None:
        return False
    row = UserSession.__table__.c
    just = select(row.id).where(row.id == session_id, row.proved_at > clock.now() - _FRESH)
    return db.row(just.where(row.by_passkey) if by_passkey else just) is not None


def proved(session_id: uuid.UUID, *, by_passkey: bool = False) -> datetime:
    """Write down that whoever uses a session has just shown who they are. Returns until when staff may go on."""
    until = clock.now() + trust()
    _write(session_id, proved_at=clock.now(), by_passkey=by_passkey, trusted_until=until)
    return until


def go_on(session_id: uuid.UUID) -> None:
    """Let staff go on for as long again: they are here."""
    _write(session_id, trusted_until=clock.now() + trust())


def _write(session_id: uuid.UUID, **values: object) -> None:
    table = UserSession.__table__
    changed = table.update().where(table.c.id == session_id).values(**values).returning(table.c.key_hash)
    key_hash = db.execute(changed).scalar_one_or_none()
    if key_hash is None:
        return  # it has just ended
    name = cache_key(key_hash)
    cache.outdate(name)  # at once, because reads have no commit, and after it, as somebody may have read in between
    db.after_commit(lambda: cache.outdate(name))


def of(user_id: uuid.UUID) -> list[UserSession]:
    """Return a person's live sessions, the last used first."""
    statement = (
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.expires_at > clock.now())
        .order_by(UserSession.last_seen_at.desc())
    )
    return list(db.session().scalars(statement))


def end(user_id: uuid.UUID, *, only: uuid.UUID | None = None, but: uuid.UUID | None = None) -> int:
    """End a person's sessions: all, `only` one, or all `but` one. Returns how many. Takes effect with the commit."""
    statement = delete(UserSession).where(UserSession.user_id == user_id)
    if only is not None:
        statement = statement.where(UserSession.id == only)
    if but is not None:
        statement = statement.where(UserSession.id != but)
    ended = db.rows(statement.returning(UserSession.id, UserSession.key_hash))
    keys = [cache_key(row.key_hash) for row in ended]
    db.after_commit(lambda: cache.outdate(*keys))
    if ended:
        live.tell("end", [user_id], grants=" ".join(str(row.id) for row in ended))
    return len(keys)


def refresh(*people: uuid.UUID) -> None:
    """Have what the cache knows of these people's sessions read anew (name, avatar, role or badge changed)."""
    asked = db.soon(_of(), {"people": list(people)})
    db.after_commit(lambda: cache.outdate(*(cache_key(row.key_hash) for row in asked.rows)))
    live.tell("badges", people)


@db.prepared
def _of() -> Any:
    return select(UserSession.key_hash).where(UserSession.user_id == any_(bindparam("people", type_=ARRAY(Uuid))))


def refresh_all() -> None:
    """Have what the cache knows of all sessions read anew: something is hidden of which anybody may have been told."""
    db.after_commit(lambda: cache.count(TURN))


def sweep(limit: int = 1000) -> int:
    """Delete sessions that have ended. Returns how many."""
    ended = select(UserSession.id).where(UserSession.expires_at < clock.now()).limit(limit)
    return len(db.execute(delete(UserSession).where(UserSession.id.in_(ended)).returning(UserSession.id)).all())


def here(limit: int) -> list[uuid.UUID]:
    """Return some of the people who came within the last ten minutes, the last ones first."""
    since = clock.now() - timedelta(minutes=10)
    last = func.max(UserSession.last_seen_at)
    statement = select(UserSession.user_id).where(
        UserSession.last_seen_at > since, UserSession.expires_at > clock.now()
    )
    found = db.rows(statement.group_by(UserSession.user_id).order_by(last.desc()).limit(limit))
    return [row.user_id for row in found]


def count() -> int:
    """Return how many sessions have not ended."""
    return int(db.scalar(select(func.count()).where(UserSession.expires_at > clock.now())))
