"""What stands in paths: ids; and the rules by which a path finds its view."""

import uuid
from collections.abc import Callable

from werkzeug import routing

from webapp.core import ids
from webapp.core.errors import NotFound


def identity(text: str) -> uuid.UUID:
    """Read an id. A malformed one names nothing: NotFound."""
    found = ids.parse(text)
    if found is None:
        raise NotFound
    return found


def identities(texts: list[str]) -> list[uuid.UUID]:
    """Read several ids. NotFound if one is malformed."""
    return [identity(text) for text in texts]


class Rule(routing.Rule):
    """A rule that compiles what builds an address when one is built: never, as pages hold literal paths."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = super()._compile_builder
        return lambda rule, **values: compiled(append_unknown)(rule, **values)
