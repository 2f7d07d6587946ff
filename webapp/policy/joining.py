"""Who may join, and how: by the mode of the site, an invite, and rules about mail domains and address ranges.

The link of an invite is its id, signed: it is not kept, and ends with the secret key. Nothing that is decided here
depends on whether an address has an account, so that a taken one looks like a new one in every mode.
"""

import uuid
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from sqlalchemy import cast, insert, or_, select, update
from sqlalchemy.dialects.postgresql import INET

from webapp.core import clock, crypto, db, options
from webapp.core.errors import NotFound, Refused
from webapp.models import AccessRule, Invite, Joining

invites = Invite.__table__
rules = AccessRule.__table__.c
_SIGNATURE = 9
_signer: list[crypto.Signer] = []
_url = [""]
CLOSED = "This site takes no new accounts at the moment. If somebody here knows you, ask them when it opens again."
BY_INVITE = "People join this site by invite. Ask somebody who is here for a link, and open it."
_REFUSED = (
    "New accounts can't be made with this e-mail address or from this network."
    " Use another address, or ask the people who run this site for an account."
)
ENDED = {
    "revoked": "This invite has been taken back. Ask whoever gave it to you for another one.",
    "expired": "The time of this invite is over. Ask whoever gave it to you for another one.",
    "used": "This invite has been used as often as it could be. Ask whoever gave it to you for another one.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """How somebody comes in: at once, or `pending` approval (and `why`), perhaps by an invite."""

    pending: bool = False
    why: str = ""
    words: str = ""
    invite_id: uuid.UUID | None = None

    @property
    def status(self) -> str:
        """Return the status of the account."""
        return "pending" if self.pending else "active"


def configure(signer: crypto.Signer, *, url: str) -> None:
    """Set what signs invites, and the address of the site that their links begin with."""
    _signer[:] = [signer]
    _url[:] = [url.rstrip("/")]


def link(invite_id: uuid.UUID) -> str:
    """Return the link of an invite."""
    return f"{_url[0]}/join/{code(invite_id)}"


def code(invite_id: uuid.UUID) -> str:
    """Return what stands for an invite in its link."""
    return crypto.b64(invite_id.bytes + _signer[0].sign("invite", invite_id.bytes, _SIGNATURE))


def opened(given: str) -> uuid.UUID | None:
    """Return the id of the invite that a code stands for. None if this site did not make it."""
    try:
        raw = crypto.unb64(given.strip())
    except ValueError:
        return None
    own = len(raw) == 16 + _SIGNATURE and _signer[0].valid("invite", raw[:16], raw[16:])
    return uuid.UUID(bytes=raw[:16]) if own else None


def state(row: Any) -> str:
    """Say how an invite stands: open, revoked, expired or used."""
    if row.revoked_at is not None:
        return "revoked"
    if row.expires_at is not None and row.expires_at <= clock.now():
        return "expired"
    return "used" if row.used >= row.most else "open"


def invited(given: str) -> uuid.UUID:
    """Return the invite of a link. NotFound if it is none of ours, Refused with the reason if it has ended."""
    invite_id = opened(given)
    row = db.row(select(invites).where(invites.c.id == invite_id)) if invite_id else None
    if row is None:
        raise NotFound("This invite link is not complete. Copy all of it, or ask for another one.")
    stands = state(row)
    if stands != "open":
        raise Refused(ENDED[stands], kind=f"invite-{stands}")
    return uuid.UUID(str(row.id))


def admit(email: str, *, invite: str | None, words: str, address: str) -> Entry:
    """Decide whether somebody may join, and how. Refused with the reason if not."""
    mode = options.registration()
    if mode == "closed":
        raise Refused(CLOSED, kind="registration-closed")
    invite_id = invited(invite) if invite else None
    if mode == "invite" and invite_id is None:
        raise Refused(BY_INVITE, kind="invite-needed")
    ruled = _rule(email, address)
    if ruled == "refuse":
        raise Refused(_REFUSED)
    if ruled == "approve":
        return Entry(True, "rule", words, invite_id)
    pending = mode == "approval" and invite_id is None
    return Entry(pending, "mode" if pending else "", words if pending else "", invite_id)


def enter(entry: Entry, user_id: uuid.UUID | None) -> None:
    """Write down how somebody came in, and count the invite: once each, however many come at the same time.

    `user_id` is None when the address has an account: the invite is counted all the same, or its number would tell.
    """
    if entry.invite_id is not None and not _use(entry.invite_id):
        raise Refused(ENDED["used"], kind="invite-used")
    if user_id is not None and (entry.pending or entry.invite_id):
        values = {"invite_id": entry.invite_id, "words": entry.words, "why": entry.why}
        db.execute(insert(Joining).values(user_id=user_id, created_at=clock.now(), **values))


def _use(invite_id: uuid.UUID) -> bool:
    running = or_(invites.c.expires_at.is_(None), invites.c.expires_at > clock.now())
    mine = update(invites).where(invites.c.id == invite_id, invites.c.revoked_at.is_(None), running)
    free = mine.where(invites.c.used < invites.c.most).values(used=invites.c.used + 1)
    return db.row(free.returning(invites.c.id)) is not None


def _rule(email: str, address: str) -> str | None:
    """Return what the rules say about a mail address and a network address; the stricter one counts."""
    parts = email.rpartition("@")[2].split(".")
    domains = [".".join(parts[place:]) for place in range(len(parts))]
    found = [rules.domain.in_(domains)]
    network = _network_address(address)
    if network is not None:
        found.append(cast(rules.network, INET).op(">>=")(cast(str(network), INET)))
    statement = select(rules.action).where(or_(*found)).order_by((rules.action == "refuse").desc())
    ruled: str | None = db.scalar(statement.limit(1))
    return ruled


def _network_address(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped or IPv6Address(int(found))  # without its zone, which no range has
    return found
