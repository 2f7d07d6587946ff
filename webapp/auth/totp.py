"""Two-step sign-in: after the password a code, by an app that knows the time and our secret, or one of ten on paper.

Codes are RFC 6238 in the form that every app understands (SHA-1, six digits, 30 seconds), taken one step early or late,
each once.
"""

import secrets
import uuid
from datetime import timedelta

import pyotp
import segno
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.auth import guesses
from webapp.auth.shapes import TotpSecret
from webapp.core import clock, crypto, db, mailer, retention
from webapp.core.errors import Conflict, Refused
from webapp.models import RecoveryCode, Totp, User

_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_CODES, _LENGTH, _PART = 10, 12, 4
_STEP = 30
_ENROLMENT = timedelta(minutes=30)
_WRONG = "That code is not right, or was used before. Codes change every 30 seconds: try the next one."
table = Totp.__table__
codes = RecoveryCode.__table__


def begin(user: User, issuer: str) -> TotpSecret:
    """Make a secret for a person's app, in place of one that was never confirmed. It is shown this once."""
    if active(user.id):
        raise Conflict("Two-step sign-in is on already. Turn it off first to begin with another app.")
    secret = pyotp.random_base32()
    values = {"sealed": crypto.vault().seal(f"totp:{user.id}", secret.encode()), "last_step": 0, "confirmed_at": None}
    fresh = insert(table).values(user_id=user.id, created_at=clock.now(), **values)
    changed = fresh.on_conflict_do_update(index_elements=["user_id"], set_={**values, "created_at": clock.now()})
    db.execute(changed)
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=issuer)
    return TotpSecret(secret, uri, segno.make(uri, error="m").svg_data_uri(scale=5, light="#fff", omitsize=False))


def confirm(user: User, code: str) -> list[str]:
    """Turn it on by a first code. Returns the recovery codes, this once."""
    row = db.row(select(table.c.confirmed_at, table.c.created_at).where(table.c.user_id == user.id))
    if row is None or row.confirmed_at is not None or row.created_at < clock.now() - _ENROLMENT:
        raise Conflict("There is nothing to confirm. Begin again.")
    guesses.take(_guesses(user.id))
    if not _by_app(user.id, code):
        raise Refused(_WRONG, status=403, keep=True, kind="wrong-code", field="code")
    guesses.forgive(_guesses(user.id))
    db.execute(update(table).where(table.c.user_id == user.id).values(confirmed_at=clock.now()))
    mailer.post("two-step-on", user.email, user.id, username=user.username)
    return _renew(user.id)


def end(user: User) -> None:
    """Turn it off."""
    gone = delete(table).where(table.c.user_id == user.id).returning(table.c.confirmed_at)
    row = db.row(gone)
    db.execute(delete(codes).where(codes.c.user_id == user.id))
    if row is not None and row.confirmed_at is not None:
        mailer.post("two-step-off", user.email, user.id, username=user.username)


def active(user_id: uuid.UUID) -> bool:
    """Tell whether a person signs in by two steps."""
    on = select(table.c.user_id).where(table.c.user_id == user_id, table.c.confirmed_at.is_not(None))
    return db.row(on) is not None


def left(user_id: uuid.UUID) -> int:
    """Return how many recovery codes a person has left."""
    return int(db.scalar(select(func.count()).where(codes.c.user_id == user_id)))


def check(user: User, code: str, *, field: str, status: int) -> None:
    """Take a code of the app, or a recovery code. Refused (and counted) if it is wrong or was used."""
    guesses.take(_guesses(user.id))
    if not (_by_app(user.id, code) or _by_paper(user, code)):
        raise Refused(_WRONG, status=status, keep=True, kind="wrong-code", field=field)
    guesses.forgive(_guesses(user.id))


def _guesses(user_id: uuid.UUID) -> str:
    return f"totp:{user_id}"


def _by_app(user_id: uuid.UUID, code: str) -> bool:
    """Take a code of the app: the row's lock lets a code pass once, however many bring it at the same time."""
    row = db.row(select(table.c.sealed, table.c.last_step).where(table.c.user_id == user_id).with_for_update())
    if row is None or not (code.isascii() and code.isdigit()):
        return False
    try:
        app = pyotp.TOTP(crypto.vault().open(f"totp:{user_id}", row.sealed).decode())
    except ValueError:
        return False  # sealed with another secret key
    now = int(clock.now().timestamp()) // _STEP
    fits = (step for step in (now, now - 1, now + 1) if secrets.compare_digest(app.generate_otp(step), code))
    step = next(fits, None)
    if step is None or step <= row.last_step:
        return False
    db.execute(update(table).where(table.c.user_id == user_id).values(last_step=step))
    return True


def _by_paper(user: User, code: str) -> bool:
    gone = delete(codes).where(codes.c.user_id == user.id, codes.c.code_hash == _hash(user.id, code))
    if db.row(gone.returning(codes.c.user_id)) is None:
        return False
    mailer.post("recovery-code-used", user.email, user.id, username=user.username, left=left(user.id))
    return True


def _hash(user_id: uuid.UUID, code: str) -> bytes:
    return crypto.vault().mark(f"recovery:{user_id}", code.replace("-", "").lower().encode())


def _renew(user_id: uuid.UUID) -> list[str]:
    db.execute(delete(codes).where(codes.c.user_id == user_id))
    made = ["".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)) for _ in range(_CODES)]
    db.execute(insert(codes).values([{"user_id": user_id, "code_hash": _hash(user_id, code)} for code in made]))
    return ["-".join(code[at : at + _PART] for at in range(0, _LENGTH, _PART)) for code in made]


def sweep() -> int:
    """Delete secrets that were never confirmed. Returns how many."""
    old = table.c.created_at < clock.now() - _ENROLMENT
    return retention.delete_some(table, table.c.confirmed_at.is_(None), old)
