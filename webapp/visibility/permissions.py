"""What a viewer may do with a thing it can see: verb → predicates, all of which must hold.

Pages, API and templates ask alike: a button is missing for the same reason for which the POST refuses.
"""

from collections.abc import Callable
from typing import Any

from webapp.core.errors import Refused
from webapp.visibility.viewer import ROLES, Viewer

Predicate = Callable[[Viewer, Any], bool]


def _signed_in(viewer: Viewer, _thing: Any) -> bool:
    return viewer.is_authenticated


def _author(viewer: Viewer, thing: Any) -> bool:
    return viewer.is_authenticated and thing.author_id == viewer.id


def _owner(viewer: Viewer, highlight: Any) -> bool:
    return viewer.is_authenticated and highlight.owner_id == viewer.id


def _by_another(viewer: Viewer, thing: Any) -> bool:
    return thing.author_id != viewer.id


def _author_or_host(viewer: Viewer, comment: Any) -> bool:
    return _author(viewer, comment) or _host(viewer, comment)


def _host(viewer: Viewer, comment: Any) -> bool:
    return viewer.is_authenticated and comment.post_author_id == viewer.id


def _published(_viewer: Viewer, post: Any) -> bool:
    return post.status == "published"


def _failed(_viewer: Viewer, post: Any) -> bool:
    return post.status == "failed"


def _open_to_comments(_viewer: Viewer, post: Any) -> bool:
    return post.comments_enabled


def _somebody_else(viewer: Viewer, user: Any) -> bool:
    return user.id != viewer.id


def _not_blocked(_viewer: Viewer, user: Any) -> bool:
    return user.relationship is None or not user.relationship.blocking


def _sender(viewer: Viewer, message: Any) -> bool:
    return viewer.is_authenticated and message.sender_id == viewer.id and not message.deleted


def _received(viewer: Viewer, message: Any) -> bool:
    return viewer.is_authenticated and message.sender_id != viewer.id and not message.deleted


def _takes_part(_viewer: Viewer, conversation: Any) -> bool:
    return conversation.state == "accepted"


def _asked(_viewer: Viewer, conversation: Any) -> bool:
    return conversation.state == "requested"


def _group(_viewer: Viewer, conversation: Any) -> bool:
    return conversation.kind == "group"


def _longest_in(viewer: Viewer, conversation: Any) -> bool:
    return conversation.host_id == viewer.id


def _staff(viewer: Viewer, _thing: Any) -> bool:
    return viewer.is_at_least("moderator")


def _admin(viewer: Viewer, _thing: Any) -> bool:
    return viewer.is_at_least("admin")


def _below(viewer: Viewer, user: Any) -> bool:
    return ROLES.index(user.role) < ROLES.index(viewer.role)


def _decided_by_another(viewer: Viewer, appeal: Any) -> bool:
    return appeal.actor_id != viewer.id and appeal.user_id != viewer.id


RULES: dict[str, dict[str, tuple[Predicate, ...]]] = {
    "post": {
        "like": (_signed_in, _published),
        "save": (_signed_in, _published),
        "repost": (_signed_in, _published),
        "comment": (_signed_in, _published, _open_to_comments),
        "edit": (_author,),
        "delete": (_author,),
        "retry": (_author, _failed),
        "report": (_signed_in, _by_another),
    },
    "story": {
        "view": (_signed_in,),
        "reply": (_signed_in, _by_another),
        "delete": (_author,),
        "viewers": (_author,),
        "report": (_signed_in, _by_another),
    },
    "highlight": {"change": (_owner,), "delete": (_owner,)},
    "comment": {
        "like": (_signed_in,),
        "delete": (_author_or_host,),
        "approve": (_host,),
        "report": (_signed_in, _by_another),
    },
    "user": {
        "follow": (_signed_in, _somebody_else, _not_blocked),
        "block": (_signed_in, _somebody_else),
        "arrange": (_signed_in, _somebody_else, _not_blocked),  # mute, restrict, count among one's close friends
        "message": (_signed_in, _somebody_else, _not_blocked),
        "report": (_signed_in, _somebody_else),
        # What moderators do is done to people: `user` is the author of what it is about.
        "moderate": (_staff, _somebody_else, _below),
        "expel": (_admin, _somebody_else, _below),
        "promote": (_admin, _somebody_else),
    },
    "appeal": {"decide": (_staff, _decided_by_another)},
    "conversation": {
        "accept": (_asked,),
        "decline": (_asked,),
        "rename": (_group, _takes_part),
        "add": (_group, _takes_part),
        "remove": (_group, _takes_part, _longest_in),
        "leave": (_group, _takes_part),
    },
    "message": {"delete": (_sender,), "report": (_received,)},
}


def may(viewer: Viewer, verb: str, kind: str, thing: Any) -> bool:
    """Tell whether the viewer may do this with a thing of this kind (a key of RULES)."""
    return all(holds(viewer, thing) for holds in RULES[kind][verb])


def confirmed_first(viewer: Viewer) -> None:
    """Refuse to publish what somebody wrote who has yet to confirm an address, where the site asks for that."""
    if not viewer.confirmed:
        raise Refused(
            "Confirm your e-mail address first: we sent a link to it. Under Settings, E-mail we send you another.",
            kind="unconfirmed",
        )


def verbs(viewer: Viewer, kind: str, thing: Any) -> frozenset[str]:
    """Return all that the viewer may do with the thing."""
    return frozenset(verb for verb in RULES[kind] if may(viewer, verb, kind, thing))
