"""The six ways in which a request can be refused. `web/problems.py` alone turns them into answers."""

from collections.abc import Callable, Mapping, Sequence


class AppError(Exception):
    """What a person did can't be done. `sentence` says what happened and what to do next."""

    status = 400
    title = "Bad request"

    def __init__(self, sentence: str = "", *, kind: str = "about:blank"):
        super().__init__(sentence)
        self.sentence = sentence
        self.kind = kind
        self.fields: dict[str, list[str]] = {}
        self.afterwards: Callable[[], object] | None = None  # what is written down though all else is rolled back


class NotFound(AppError):
    """It is not there, or not there for this viewer: the two look alike. `field` names what asked for it in a form."""

    status = 404
    title = "Not found"

    def __init__(
        self,
        sentence: str = "There is nothing here. It may have been removed, or the address is mistyped.",
        *,
        field: str | None = None,
    ):
        super().__init__(sentence)
        if field is not None:
            self.fields = {field: [sentence]}


class Refused(AppError):
    """The viewer may not do this. With `keep`, what was written so far is committed (a counted failure).

    `field` names the field of a form beside which the sentence belongs; "" is the whole form.
    """

    status = 403
    title = "Not allowed"

    def __init__(
        self,
        sentence: str,
        *,
        status: int = 403,
        keep: bool = False,
        kind: str = "about:blank",
        field: str | None = None,
    ):
        super().__init__(sentence, kind=kind)
        self.status = status
        self.keep = keep
        if field is not None:
            self.fields = {field: [sentence]}
        if status == 401:
            self.title = "Sign in first"


class Invalid(AppError):
    """What came in is malformed. `fields` maps a field to its messages; "" stands for the whole."""

    status = 422
    title = "Please check what you entered"

    def __init__(self, fields: Mapping[str, Sequence[str]], sentence: str = ""):
        first = next((messages[0] for messages in fields.values() if messages), "")
        super().__init__(sentence or first)
        self.fields = {name: list(messages) for name, messages in fields.items()}


class Conflict(AppError):
    """It clashes with what is there now."""

    status = 409
    title = "Conflict"


class TooMany(AppError):
    """Too often. `retry_after` is in seconds."""

    status = 429
    title = "Too many requests"

    def __init__(self, sentence: str, retry_after: int):
        super().__init__(sentence)
        self.retry_after = retry_after


class Unavailable(AppError):
    """A part is away. `retry_after` is in seconds."""

    status = 503
    title = "Not available right now"

    def __init__(
        self,
        sentence: str = "A part of this site is resting. Please try again in a moment.",
        retry_after: int = 5,
    ):
        super().__init__(sentence)
        self.retry_after = retry_after
