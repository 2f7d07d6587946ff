"""What goes out about the graph; people have the shapes of `users`."""

from dataclasses import dataclass, fields

from webapp.users.shapes import User


@dataclass(frozen=True, slots=True)
class Admitted:
    """How many people follow one now who had asked to."""

    accepted: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody is suggested: `followed_by` people whom one follows (two of them by name), or `popular` here."""

    type: str
    usernames: list[str]
    others_count: int


@dataclass(frozen=True, slots=True)
class Suggestion(User):
    """A person whom one might follow, and why."""

    reason: Reason


def suggestion(user: User, names: list[str], number: int) -> Suggestion:
    """Make the shape; `number` of those whom one follows follow this person, `names` are some of them."""
    reason = Reason("followed_by", names, number - len(names)) if number else Reason("popular", [], 0)
    return Suggestion(*(getattr(user, field.name) for field in fields(user)), reason)
