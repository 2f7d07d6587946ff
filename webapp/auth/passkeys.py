"""Passkeys (WebAuthn): a device signs a challenge after it has recognised its owner, so no password and no code follow.

A challenge is a row, deleted by the one who uses it. One for adding a passkey belongs to a person, one for a sign-in to
the browser that asked for it (its hash lies in the form's signed cookie). Source: W3C Web Authentication, level 2.
"""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.auth import shapes
from webapp.core import clock, crypto, db, ids, lazy, mailer, retention
from webapp.core.errors import Conflict, NotFound, Refused
from webapp.models import Passkey, PasskeyChallenge, User
from webapp.visibility import accounts

webauthn = lazy.module("webauthn")
helpers = lazy.module("webauthn.helpers")
structs = lazy.module("webauthn.helpers.structs")

_PATIENCE = timedelta(minutes=5)
_MOST = 20
_LONGEST = 40_000  # characters of an answer; attestations with certificates have a few thousand
_REFUSED = "This passkey was not accepted. Try once more, or sign in with your password."
_site: dict[str, Any] = {}
table = Passkey.__table__
challenges = PasskeyChallenge.__table__


def configure(*, url: str, name: str) -> None:
    """Set the site that passkeys are for. They know names alone, so a site at 127.0.0.1 is found as localhost."""
    parts = urlsplit(url)
    host, local = parts.hostname or "localhost", {"127.0.0.1", "::1"}
    port = f":{parts.port}" if parts.port else ""
    origins = [f"{parts.scheme}://{parts.netloc}"] + ([f"{parts.scheme}://localhost{port}"] if host in local else [])
    _site.update(id="localhost" if host in local else host, origins=origins, name=name)


def to_add(user: User) -> dict[str, Any]:
    """Return what the browser needs to make a passkey for a person."""
    known = db.rows(select(table.c.credential_id).where(table.c.user_id == user.id))
    if len(known) >= _MOST:
        raise Conflict(f"You have {_MOST} passkeys. Remove one first.")
    options = webauthn.generate_registration_options(
        rp_id=_site["id"], rp_name=_site["name"], user_id=user.id.bytes, user_name=user.username,
        user_display_name=user.display_name or user.username, challenge=_challenge(user.id),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED, require_resident_key=True,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=row.credential_id) for row in known],
    )  # fmt: skip
    return helpers.options_to_json_dict(options)


def add(user: User, credential: dict[str, Any], name: str) -> shapes.Passkey:
    """Keep the public half of a passkey that a person's device has made."""
    challenge = _used(credential, user.id)
    try:
        made = webauthn.verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=_site["id"],
            expected_origin=_site["origins"], require_user_verification=True,
        )  # fmt: skip
    except _wrong() as error:
        raise Refused("This passkey was not accepted. Try once more.", keep=True, kind="passkey", field="") from error
    values = {
        "id": ids.new(), "user_id": user.id, "credential_id": made.credential_id, "name": name,
        "public_key": made.credential_public_key, "sign_count": made.sign_count, "created_at": clock.now(),
    }  # fmt: skip
    if db.row(insert(table).values(values).on_conflict_do_nothing().returning(table.c.id)) is None:
        raise Conflict("This passkey is known already.")
    mailer.post("passkey-added", user.email, user.id, username=user.username, name=name)
    return shapes.Passkey(values["id"], name, values["created_at"], None)


def to_sign_in() -> tuple[dict[str, Any], str]:
    """Return what the browser needs to sign in by a passkey, and the mark of the challenge for its cookie."""
    challenge = _challenge(None)
    options = webauthn.generate_authentication_options(
        rp_id=_site["id"], challenge=challenge, user_verification=structs.UserVerificationRequirement.REQUIRED
    )
    return helpers.options_to_json_dict(options), _mark(challenge).hex()


def signed(credential: dict[str, Any], mark: str) -> uuid.UUID:
    """Return who signed the challenge. Refused if nobody we know did, or a copy of a passkey was used."""
    challenge = _used(credential, None, mark)
    try:
        raw = helpers.base64url_to_bytes(credential["rawId"])
    except _wrong() as error:
        raise _refused() from error
    there = accounts().with_only_columns(User.id)  # those that are being erased have no way in any more
    row = db.row(select(table).where(table.c.credential_id == raw, table.c.user_id.in_(there)).with_for_update())
    if row is None:
        raise _refused()
    try:
        seen = webauthn.verify_authentication_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=_site["id"],
            expected_origin=_site["origins"], credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count, require_user_verification=True,
        )  # fmt: skip
    except _wrong() as error:
        raise _refused() from error
    now = {"sign_count": seen.new_sign_count, "last_used_at": clock.now()}
    db.execute(update(table).where(table.c.id == row.id).values(now))
    user_id: uuid.UUID = row.user_id
    return user_id


def _wrong() -> tuple[type[Exception], ...]:
    """Return what the library says of malformed and of wrong answers alike; credentials come from outside."""
    library: type[Exception] = helpers.exceptions.WebAuthnException
    return (library, ValueError, KeyError, TypeError, AttributeError, RecursionError)


def _refused(status: int = 401) -> Refused:
    return Refused(_REFUSED, status=status, keep=True, kind="passkey", field="")


def _mark(challenge: bytes) -> bytes:
    return crypto.digest(challenge.hex())


def _challenge(user_id: uuid.UUID | None) -> bytes:
    challenge = crypto.unb64(crypto.token())
    expires = clock.now() + _PATIENCE
    db.execute(insert(challenges).values(challenge_hash=_mark(challenge), user_id=user_id, expires_at=expires))
    return challenge


def _used(credential: dict[str, Any], user_id: uuid.UUID | None, mark: str | None = None) -> bytes:
    """Use up the challenge that an answer names. Refused if it is another's, was used, or is too old."""
    status = 401 if user_id is None else 403
    try:
        if len(str(credential)) > _LONGEST:
            raise ValueError("too long")
        data = helpers.base64url_to_bytes(credential["response"]["clientDataJSON"])
        challenge = helpers.parse_client_data_json(data).challenge
    except _wrong() as error:
        raise _refused(status) from error
    known = _mark(challenge)
    if mark is not None and mark != known.hex():
        raise _refused(status)
    owner = challenges.c.user_id == user_id if user_id else challenges.c.user_id.is_(None)
    gone = delete(challenges).where(challenges.c.challenge_hash == known, owner).returning(challenges.c.expires_at)
    row = db.row(gone)
    if row is None or row.expires_at <= clock.now():
        raise _refused(status)
    return challenge


def of(user_id: uuid.UUID) -> list[shapes.Passkey]:
    """Return a person's passkeys, the newest first."""
    columns = (table.c.id, table.c.name, table.c.created_at, table.c.last_used_at)
    found = db.rows(select(*columns).where(table.c.user_id == user_id).order_by(table.c.created_at.desc()))
    return [shapes.Passkey(*row) for row in found]


def count(user_id: uuid.UUID) -> int:
    """Return how many passkeys a person has."""
    return int(db.scalar(select(func.count()).where(table.c.user_id == user_id)))


def remove(user: User, passkey_id: uuid.UUID) -> None:
    """Forget a passkey."""
    gone = delete(table).where(table.c.id == passkey_id, table.c.user_id == user.id).returning(table.c.name)
    row = db.row(gone)
    if row is None:
        raise NotFound("This passkey is not there any more.")
    mailer.post("passkey-removed", user.email, user.id, username=user.username, name=row.name)


def drop(user_id: uuid.UUID) -> None:
    """Forget all passkeys of a person."""
    db.execute(delete(table).where(table.c.user_id == user_id))


def sweep() -> int:
    """Delete challenges that nobody answered. Returns how many."""
    return retention.delete_some(challenges, challenges.c.expires_at < clock.now())
