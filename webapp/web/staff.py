"""The door to what only moderators and admins may do: 401 signed out, 403 without the role."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from webapp.core.errors import Refused
from webapp.web.viewer import viewer

View = TypeVar("View", bound=Callable[..., Any])


def only(role: str) -> Callable[[View], View]:
    """Let a view be used by this role and those above it alone."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*arguments: Any, **named: Any) -> Any:
            me = viewer()
            if me.is_visitor:
                raise Refused("Please sign in to do this.", status=401)
            if not me.is_at_least(role):
                raise Refused(f"This is for {role}s of this site alone.")
            return view(*arguments, **named)

        return guarded  # type: ignore[return-value]

    return guard
