"""Writes of accounts: register, sign in and out, sessions, password."""

import uuid

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from webapp.auth import guesses, queries, tokens
from webapp.auth.passwords import weakness
from webapp.auth.schemas import PasswordChange, Registration
from webapp.core import clock, crypto, db, ids, sessions
from webapp.core.errors import Invalid, NotFound, Refused
from webapp.models import User, UserSession
from webapp.users import queries as user_queries
from webapp.users import words
from webapp.visibility import Viewer

_WRONG = "That name and password don't belong together. Check both and try again."
_passwords: list[crypto.Passwords] = []
_open: list[bool] = [True]


def configure(*, passes: int, registration_open: bool) -> None:
    """Set the cost of a password's hash, and whether strangers may make accounts."""
    _passwords[:] = [crypto.Passwords(passes)]
    _open[:] = [registration_open]


def register(asked: Registration, *, role: str = "user", trusted: bool = False) -> uuid.UUID:
    """Make an account. Returns its id. Refused while registration is closed, except to the `trusted` (commands).

    A taken user name is said: names are public. A taken address is not: the answer is that of a new account, an id
    that belongs to nobody, and takes as long (the password is hashed either way).
    """
    if not (_open[0] or trusted):
        raise Refused("This site takes no new accounts at the moment.")
    if user_queries.taken(asked.username):
        raise Invalid({"username": ["This name is taken. Choose another one."]})
    user_id = ids.new()
    fresh = insert(User.__table__).values(
        id=user_id, username=asked.username, email=asked.email, display_name=asked.display_name, role=role,
        password_hash=_passwords[0].hash(asked.password), created_at=clock.now(), links=[],
    )  # fmt: skip
    made = db.row(fresh.on_conflict_do_nothing().returning(User.__table__.c.id))
    if made is None and user_queries.taken(asked.username):
        raise Invalid({"username": ["This name was taken a moment ago. Choose another one."]})
    if made is not None:
        words.enter(user_id, asked.username, asked.display_name)
    return user_id


def sign_in(
    name: str, password: str, *, stay: bool, device: str, address: str, known_to: uuid.UUID | None = None
) -> tuple[UserSession, str]:
    """Open a session. Returns its row and its key.

    Wrong name and wrong password look alike and take as long. A failure is counted even though it is refused.
    """
    user = verify(name, password, known_to=known_to)
    return sessions.start(user.id, stay=stay, device=device, address=address)


def verify(name: str, password: str, *, known_to: uuid.UUID | None = None) -> User:
    """Return whose name and password these are. Refused (and counted) if they don't belong together.

    `known_to` says who has signed in on this device before: strangers' guesses don't hold up an account's owner.
    """
    user = queries.account(name)
    key = str(user.id) if user else name
    if user is None or user.id != known_to:
        guesses.take(key)
    if not _passwords[0].verify(user.password_hash if user else None, password) or user is None:
        raise Refused(_WRONG, status=401, keep=True, kind="wrong-password", field="")
    guesses.forgive(key)
    if _passwords[0].outdated(user.password_hash):
        user.password_hash = _passwords[0].hash(password)
        db.session().flush()
    return user


def sign_out(viewer: Viewer) -> None:
    """End the session that this request came with."""
    if viewer.session_id is not None:
        sessions.end(viewer.id, only=viewer.session_id)


def end_session(viewer: Viewer, session_id: uuid.UUID) -> None:
    """End one of one's own sessions."""
    if not sessions.end(viewer.id, only=session_id):
        raise NotFound("This session has ended already.")


def end_other_sessions(viewer: Viewer) -> int:
    """End all of one's sessions but this one. Returns how many."""
    return sessions.end(viewer.id, but=viewer.session_id)


def change_password(viewer: Viewer, change: PasswordChange) -> None:
    """Set a new password. All other sessions and all tokens end."""
    user = user_queries.row(viewer.id, lock=True)
    guesses.take(str(user.id))
    if not _passwords[0].verify(user.password_hash, change.current_password):
        raise Refused("Your current password is not right.", keep=True, kind="wrong-password", field="current_password")
    guesses.forgive(str(user.id))
    found = weakness(change.new_password, user.username, user.email)
    if found:
        raise Invalid({"new_password": [found]})
    values = {"password_hash": _passwords[0].hash(change.new_password)}
    db.execute(update(User).where(User.__table__.c.id == user.id).values(values))
    sessions.end(viewer.id, but=viewer.session_id)
    tokens.end(viewer.id)
