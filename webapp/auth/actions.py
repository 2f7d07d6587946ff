"""Writes of accounts: register, sign in and out, sessions, password, address."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from webapp.auth import guesses, keys, passkeys, passwords, queries, shapes, tokens, totp
from webapp.auth.schemas import (
    Confirmation,
    EmailChange,
    NewPasskey,
    PasswordChange,
    PasswordReset,
    Registration,
    TotpProof,
)
from webapp.core import clock, crypto, db, ids, mailer, outbox, sessions
from webapp.core.errors import Conflict, Invalid, NotFound, Refused
from webapp.models import User, UserSession
from webapp.policy import joining, screening
from webapp.users import queries as user_queries
from webapp.users import words
from webapp.visibility import NOBODY, VISITOR, Viewer

_SETTLED = timedelta(hours=1)  # an account younger than this is just being set up
_WRONG = "That name and password don't belong together. Check both and try again."
_RESETS = 3  # links to a new password that one account may have open
_passwords: list[crypto.Passwords] = []
_site: list[str] = ["Tintype"]
_SECOND_STEP = 600  # seconds between password and code


class NeedsCode(Refused):
    """The password is right, and a code has to follow. `ticket` stands for the password until then."""

    def __init__(self, user: User):
        super().__init__(
            "Enter the code that your app shows, or a recovery code.", status=401, kind="totp-required", field="totp"
        )
        self.ticket = _ticket(user)


def configure(*, passes: int, megabytes: int, site: str, url: str, guesses_scale: float = 1.0) -> None:
    """Set the cost of a password's hash, what devices know of the site, and how often as usual one may be wrong."""
    guesses.scale[:] = [guesses_scale]
    _site[:] = [site]
    passkeys.configure(url=url, name=site)
    passwords.configure(site)
    _passwords[:] = [crypto.Passwords(passes, megabytes)]


def join(asked: Registration, *, address: str, now: datetime) -> tuple[uuid.UUID, joining.Entry]:
    """Make an account, if the site lets this person in. Returns its id, and how it came in.

    A taken user name is said: names are public. A taken address is not: the answer is that of a new account, an id
    that belongs to nobody, and takes as long (the password is hashed either way). Its owner gets a mail.
    """
    entry = joining.admit(asked.email, invite=asked.invite, words=asked.words, address=address)
    screening.refuse(VISITOR, username=asked.username, display_name=asked.display_name, words=asked.words)
    user_id, is_new = _make(asked, entry.status, now)
    joining.enter(entry, user_id if is_new else None)
    _ask_to_confirm(user_id if is_new else None, asked.email, asked.username)
    return user_id, entry


def register(asked: Registration, *, role: str = "user", trusted: bool = False) -> uuid.UUID:
    """Make an account without asking whether it may be made, for commands. Returns its id.

    The address of a `trusted` one counts as confirmed.
    """
    user_id, is_new = _make(asked, "active", clock.now(), role=role, confirmed=trusted)
    if not trusted:
        _ask_to_confirm(user_id if is_new else None, asked.email, asked.username)
    return user_id


def _make(
    asked: Registration, status: str, now: datetime, *, role: str = "user", confirmed: bool = False
) -> tuple[uuid.UUID, bool]:
    """Make the row of an account. Returns its id, and whether it is there: not if the mail address has one."""
    if user_queries.taken(asked.username):
        raise Invalid({"username": ["This name is taken. Choose another one."]})
    user_id = ids.new()
    fresh = insert(User.__table__).values(
        id=user_id, username=asked.username, email=asked.email, display_name=asked.display_name, role=role,
        password_hash=_passwords[0].hash(asked.password), created_at=now, links=[],
        email_confirmed_at=now if confirmed else None, status=status, own_status=status,
    )  # fmt: skip
    made = db.row(fresh.on_conflict_do_nothing().returning(User.__table__.c.id))
    if made is None and user_queries.taken(asked.username):
        raise Invalid({"username": ["This name was taken a moment ago. Choose another one."]})
    if made is not None:
        words.enter(user_id, asked.username, asked.display_name)
    return user_id, made is not None


def _ask_to_confirm(user_id: uuid.UUID | None, email: str, username: str) -> None:
    """Mail a key to an address that somebody gave as theirs; its owner, if it is another's, hears of it instead."""
    key = keys.issue(user_id, keys.CONFIRM, email) if user_id else ""
    owner = queries.account(email)
    if owner is not None and owner.id != user_id:
        mailer.post("account-exists", email, owner.id, username=owner.username)
    else:
        mailer.post("confirm-email", email, user_id, username=username, path=f"/confirm-email/{key}")


def sign_in(
    name: str, password: str, code: str | None = None, *, known_to: uuid.UUID | None = None, **device: Any
) -> tuple[UserSession, str]:
    """Open a session. Returns its row and its key. NeedsCode if a code has to follow.

    Wrong name and wrong password look alike and take as long. A failure is counted even though it is refused.
    """
    return _enter(verify(name, password, code, known_to=known_to), known_to=known_to, **device)


def sign_in_by_code(ticket: str, code: str, *, known_to: uuid.UUID | None = None, **device: Any) -> Any:
    """Open a session by the code that follows the password. Returns its row and its key."""
    user = _holder(ticket)
    totp.check(user, code, field="code", status=401)
    return _enter(user, known_to=known_to, **device)


def sign_in_by_passkey(credential: dict[str, Any], mark: str, **device: Any) -> tuple[UserSession, str]:
    """Open a session by a passkey, whose device has recognised its owner. Returns its row and its key."""
    user = user_queries.row(passkeys.signed(credential, mark))
    return _enter(user, by_passkey=True, **device)


def _enter(
    user: User, *, stay: bool, device: str, address: str, known_to: uuid.UUID | None, by_passkey: bool = False
) -> tuple[UserSession, str]:
    if user.id != known_to:
        tell_of_sign_in(user, shapes.device(device))
    if user.status == "suspended" and user.suspension_over(clock.now()):
        outbox.enqueue("jobs.account.end_suspension", user.id)  # the clock would, within a minute
    return sessions.start(user.id, stay=stay, device=device, address=address, by_passkey=by_passkey)


def _ticket(user: User) -> str:
    """Make what stands for the right password for ten minutes; a changed password ends it."""
    until = int(clock.now().timestamp()) + _SECOND_STEP
    content = orjson.dumps([str(user.id), until, crypto.digest(user.password_hash).hex()])
    return crypto.b64(crypto.vault().seal("second-step", content))


def _holder(ticket: str) -> User:
    """Return whose ticket this is, locked. Refused if it is none any more."""
    try:
        user_id, until, password = orjson.loads(crypto.vault().open("second-step", crypto.unb64(ticket)))
        user = user_queries.row(uuid.UUID(user_id), lock=True)
        good = clock.now().timestamp() < until and password == crypto.digest(user.password_hash).hex()
        good = good and user.status != "erasing"
    except (ValueError, NotFound):
        good = False
    if not good:
        raise Refused("That took too long. Sign in with your password once more.", status=401, field="")
    return user


def verify(name: str, password: str, code: str | None = None, *, known_to: uuid.UUID | None = None) -> User:
    """Return whose name, password and code these are, locked. Refused (and counted) if they don't belong together.

    Whoever changes the password meanwhile waits for this transaction, then ends the session that it began.
    NeedsCode if everything is right so far and a code is missing.
    """
    user = _known(name, password, known_to)
    if totp.active(user.id):
        if code is None:
            raise NeedsCode(user)
        totp.check(user, code, field="totp", status=401)
    return user


def _known(name: str, password: str, known_to: uuid.UUID | None) -> User:
    """Return whose name and password these are.

    `known_to` says who has signed in on this device before: strangers' guesses don't hold up an account's owner. Those
    on such devices have a count of their own, because a device remembers for a year, and some are used by many.
    """
    user = queries.account(name)
    guesses.take(guesses.of_known(user.id) if user and user.id == known_to else guesses.of_name(name))
    kept = user.password_hash if user else None
    if not _passwords[0].verify(kept, password) or user is None or not _still(user, kept):
        raise Refused(_WRONG, status=401, keep=True, kind="wrong-password", field="")
    guesses.forgive(*guesses.of_person(user.username, user.email), guesses.of_known(user.id))
    if _passwords[0].outdated(user.password_hash):
        user.password_hash = _passwords[0].hash(password)
        db.session().flush()
    return user


def _still(user: User, password_hash: str | None) -> bool:
    """Lock the row of a person; tell whether the password that was right a moment ago still is."""
    try:
        return user_queries.row(user.id, lock=True).password_hash == password_hash
    except NotFound:  # erased meanwhile
        return False


def tell_of_sign_in(user: User, device: str) -> None:
    """Mail somebody that a device or a program signed in that had not before; the first one is no news."""
    if clock.now() - user.created_at > _SETTLED:
        at = f"{clock.now():%-d %B %Y, %H:%M} UTC"
        mailer.post("new-sign-in", user.email, user.id, username=user.username, device=device, at=at)


def sign_out(viewer: Viewer) -> None:
    """End the session that this request came with, or its token with all its family."""
    make_room(viewer)
    if viewer.token_id is not None:
        tokens.end_family(viewer.token_id)


def make_room(viewer: Viewer) -> None:
    """End the session that this browser had before another one begins."""
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
    prove(user, change.current_password, field="current_password")
    _set_password(user, change.new_password, but=viewer.session_id)


def prove(user: User, password: str, *, field: str = "password") -> None:
    """Have somebody who is signed in say the password once more. Refused (and counted) if it is wrong."""
    guesses.take(f"prove:{user.id}")  # apart from strangers' tries at the door
    if not _passwords[0].verify(user.password_hash, password):
        raise Refused("Your current password is not right.", keep=True, kind="wrong-password", field=field)
    guesses.forgive(f"prove:{user.id}")


def confirm(viewer: Viewer, asked: Confirmation, mark: str = "") -> shapes.Confirmed:
    """Have whoever is signed in show once more who they are. Refused (and counted) if it is wrong."""
    user = user_queries.row(viewer.id)
    if asked.credential is not None:
        if passkeys.signed(asked.credential, mark) != user.id:
            raise Refused("This passkey belongs to another account.", keep=True, kind="passkey", field="")
    else:
        prove(user, asked.password or "")
        if totp.active(user.id):
            totp.check(user, _given(asked.totp), field="totp", status=403)
    if viewer.token_id is not None:
        return shapes.Confirmed(tokens.proved(viewer.token_id))
    by_passkey = asked.credential is not None
    return shapes.Confirmed(sessions.proved(viewer.session_id or NOBODY, by_passkey=by_passkey))


def _given(code: str | None) -> str:
    if code is None:
        raise Refused("Enter the code that your app shows, or a recovery code.", kind="totp-required", field="totp")
    return code


def _set_password(user: User, password: str, *, but: uuid.UUID | None = None) -> None:
    """Set a password; sessions (`but` one), tokens and mailed keys end, and its owner gets a mail."""
    found = passwords.weakness(password, user.username, user.email)
    if found:
        raise Invalid({"new_password": [found]})
    user.password_hash = _passwords[0].hash(password)
    db.session().flush()
    sessions.end(user.id, but=but)
    tokens.end(user.id)
    keys.drop(user.id)
    mailer.post("password-changed", user.email, user.id, username=user.username)


def forgot_password(email: str) -> None:
    """Have a link to a new password mailed, if this is somebody's address: a job finds out, so it takes as long."""
    outbox.enqueue("jobs.auth.forgot", mailer.keep("forgot", email))


def mail_reset(mail_id: uuid.UUID) -> None:
    """Mail the link that was asked for, if the address is an account's and not too many are on their way."""
    asked = mailer.find(mail_id)
    mailer.forget(mail_id)
    user = queries.account(asked.to) if asked else None
    if user is not None and keys.count(user.id, keys.RESET) < _RESETS:
        key = keys.issue(user.id, keys.RESET, user.email)
        mailer.post("reset-password", user.email, user.id, username=user.username, path=f"/reset/{key}")


def reset_password(asked: PasswordReset) -> None:
    """Set a new password by a mailed key. Every session and every token ends; the address counts as confirmed.

    If it was not before, somebody else may have made the account in its owner's name: no other way in is left either.
    """
    key = keys.take(asked.token, keys.RESET)
    user = user_queries.row(key.user_id, lock=True)
    if user.email_confirmed_at is None:
        passkeys.drop(user.id)
        totp.end(user)
    user.email_confirmed_at = user.email_confirmed_at or clock.now()
    _set_password(user, asked.new_password)
    guesses.forgive(*guesses.of_person(user.username, user.email), guesses.of_known(user.id))


def change_email(viewer: Viewer, asked: EmailChange) -> None:
    """Ask for another address. It counts once it is confirmed; the old one is told. A taken one looks alike."""
    user = user_queries.row(viewer.id, lock=True)
    prove(user, asked.password)
    if asked.email == user.email:
        raise Invalid({"email": ["This is your address already."]})
    _ask_to_confirm(user.id, asked.email, user.username)
    mailer.post("email-change-asked", user.email, user.id, username=user.username, email=asked.email)


def resend_confirmation(viewer: Viewer) -> None:
    """Mail the key once more to the address that waits to be confirmed; nothing happens if none does."""
    user = user_queries.row(viewer.id, lock=True)
    waiting = keys.pending(user.id) or (None if user.email_confirmed_at else user.email)
    if waiting is not None:
        _ask_to_confirm(user.id, waiting, user.username)


def start_totp(viewer: Viewer, password: str) -> shapes.TotpSecret:
    """Begin two-step sign-in: make the secret for one's app. It counts once a code has confirmed it."""
    user = user_queries.row(viewer.id, lock=True)
    prove(user, password)
    return totp.begin(user, _site[0])


def confirm_totp(viewer: Viewer, code: str) -> shapes.RecoveryCodes:
    """Turn two-step sign-in on by a first code. Returns the recovery codes."""
    return shapes.RecoveryCodes(totp.confirm(user_queries.row(viewer.id, lock=True), code))


def remove_totp(viewer: Viewer, asked: TotpProof) -> None:
    """Turn two-step sign-in off, with the password or a code as proof."""
    user = user_queries.row(viewer.id, lock=True)
    if asked.password is not None:
        prove(user, asked.password)
    else:
        totp.check(user, asked.code or "", field="code", status=403)
    totp.end(user)


def start_passkey(viewer: Viewer, password: str | None) -> dict[str, Any]:
    """Return what a browser needs to make a passkey. Whoever signed in a while ago says the password first."""
    user = user_queries.row(viewer.id)
    if password is not None:
        prove(user, password)
    elif not sessions.fresh(viewer.session_id):
        raise Refused("Give your password first.", kind="password-needed", field="password")
    return passkeys.to_add(user)


def add_passkey(viewer: Viewer, made: NewPasskey, device: str) -> shapes.Passkey:
    """Keep a passkey that a device has made."""
    name = made.name or shapes.device(device) or "Passkey"
    return passkeys.add(user_queries.row(viewer.id, lock=True), made.credential, name)


def remove_passkey(viewer: Viewer, passkey_id: uuid.UUID) -> None:
    """Forget one of one's passkeys."""
    passkeys.remove(user_queries.row(viewer.id), passkey_id)


def confirm_email(token: str) -> None:
    """Take an address as its owner's, by a mailed key."""
    key = keys.take(token, keys.CONFIRM)
    user = user_queries.row(key.user_id, lock=True)
    old, user.email, user.email_confirmed_at = user.email, key.email, clock.now()
    try:
        with db.session().begin_nested():
            db.session().flush()
    except IntegrityError as error:
        raise Conflict("This address belongs to another account by now. Use another one.") from error
    if old != user.email:
        keys.drop(user.id)
        mailer.post("email-changed", old, user.id, username=user.username, email=user.email)
    sessions.refresh(user.id)
