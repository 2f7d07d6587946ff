"""Looking at oneself by others' eyes: asking as they would, less what they arranged for themselves.

A shadowbanned person is shown what these would see without the shadowban, because nothing may tell of it.
"""

from dataclasses import replace

from webapp.core.errors import NotFound
from webapp.users import queries
from webapp.users.shapes import Relationship, User
from webapp.visibility import VISITOR, Viewer


def eyes(viewer: Viewer, view_as: str) -> Viewer:
    """Return the viewer as whom one looks at one's own profile: a `stranger`, a `follower`, or somebody by name.

    A follower sees what one has published, and so does oneself; `@follower` is a person of this name. NotFound for
    somebody who does not exist for the viewer.
    """
    if view_as == "stranger":
        return VISITOR
    if view_as == "follower":
        return viewer
    chosen = queries.get(viewer, view_as.removeprefix("@"))
    return Viewer(chosen.id, chosen.username, role="user")


def seen_as(viewer: Viewer, view_as: str) -> User:
    """Return oneself as others see one (see `eyes`). NotFound where one does not exist for them.

    What the other one arranged (muted, restricted, close friends) is theirs to know and left out.
    """
    other = eyes(viewer, view_as)
    user = _header(viewer, other)
    if view_as == "follower":
        return replace(user, relationship=Relationship("yes"))
    stands = user.relationship
    return replace(user, relationship=stands and Relationship(stands.following, stands.followed_by))


def _header(viewer: Viewer, other: Viewer) -> User:
    try:
        return queries.get(other, str(viewer.id))
    except NotFound as error:
        stands = _stands(viewer, other)
        if not viewer.shadowbanned or (stands and stands.blocking):
            raise NotFound("They don't find you: one of you blocked the other.") from error
    mutual = stands and Relationship("yes" if stands.followed_by else "no", stands.following == "yes")
    return replace(queries.get(viewer, "me"), relationship=mutual)


def _stands(viewer: Viewer, other: Viewer) -> Relationship | None:
    return None if other.is_visitor else queries.get(viewer, str(other.id)).relationship


def sight(viewer: Viewer, view_as: str) -> Viewer:
    """Return by whose sight one's own posts are read to look at them so."""
    other = eyes(viewer, view_as)
    if not viewer.shadowbanned:
        return other
    stands = _stands(viewer, other)
    sees = not queries.get(viewer, "me").is_private or (stands is not None and stands.followed_by)
    return viewer if sees else other
