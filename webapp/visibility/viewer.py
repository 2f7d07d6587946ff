"""Who is asking."""

import uuid
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import Uuid, bindparam

from webapp.visibility.addresses import MediaUrls

ROLES = ("visitor", "user", "creator", "moderator", "admin")
NOBODY = uuid.UUID(int=0)  # an id that no row has, so that statements need no branch for visitors


@dataclass(frozen=True, slots=True)
class Face:
    """The viewer's own avatar, as the frame of every page shows it."""

    urls: MediaUrls
    shade: str = ""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person, or a visitor without one. `session_id` or `token_id`, and `scopes`, say by which way they came."""

    id: uuid.UUID = NOBODY
    username: str = ""
    display_name: str = ""
    role: str = "visitor"
    avatar: Face | None = None
    session_id: uuid.UUID | None = None
    token_id: uuid.UUID | None = None
    confirmed: bool = True  # or need not be
    unread: int = 0  # notifications, as the frame of every page shows them
    unread_messages: int = 0  # conversations with something unread, likewise
    status: str = "active"
    trusted_until: float = 0.0  # until when (seconds of the epoch) it counts that they have shown who they are
    shadowbanned: bool = False  # known here for the writes that must tell nobody; no answer may depend on it
    joined: float | None = None  # when the account was made, in seconds of the epoch
    scopes: frozenset[str] = field(default=frozenset({"read", "write"}))

    # What Flask-Login asks of a user.
    @property
    def is_authenticated(self) -> bool:
        """Whether somebody is signed in."""
        return self.role != "visitor"

    @property
    def is_active(self) -> bool:
        """Whether the account may be used."""
        return self.is_authenticated

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is signed in."""
        return not self.is_authenticated

    def get_id(self) -> str:
        """Return the id as text."""
        return str(self.id)

    @property
    def is_visitor(self) -> bool:
        """Whether nobody is signed in."""
        return self.role == "visitor"

    def is_at_least(self, role: str) -> bool:
        """Tell whether the viewer has this role or a higher one."""
        return ROLES.index(self.role) >= ROLES.index(role)


VISITOR = Viewer()


@cache
def stand_in(role: str) -> Viewer:
    """Return a viewer of this role whose id is the bind parameter `viewer_id`.

    What a hot read asks is built once over it, and serves every viewer of the role: building a statement anew costs
    more than running it.
    """
    if role == "visitor":
        return VISITOR
    return Viewer(bindparam("viewer_id", type_=Uuid), role=role)  # type: ignore[arg-type]
