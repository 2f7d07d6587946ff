"""From a body (JSON or a form) to a schema, or Invalid with a sentence for each field."""

from collections.abc import Callable
from itertools import takewhile
from typing import Annotated, Any, TypeVar, get_args, get_origin

from flask import request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from webapp.core import page, text
from webapp.core.errors import Invalid

Form = TypeVar("Form", bound=BaseModel)
View = TypeVar("View", bound=Callable[..., Any])

FILES_BYTES = 41 * 1024 * 1024  # 40 MB of photos and the text beside them
_SECRET = ("csrf_token", "password", "current_password", "new_password", "token")


class Schema(BaseModel):
    """What may come in. Unknown fields are refused."""

    # What checks is built by the first who sends such a thing: all hundred at once would hold the start up.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _clean(value: Any) -> Any:
    return text.clean(value) if isinstance(value, str) else value


def Text(most: int, least: int = 0) -> Any:
    """Make the type of a text of `least` to `most` code points: NFC, no control characters."""
    return Annotated[str, Field(min_length=least, max_length=most), BeforeValidator(_clean)]


def _in_one_line(value: str) -> str:
    if "\n" in value or "\t" in value:
        raise ValueError("Write it in one line.")
    return value


def Line(most: int, least: int = 0) -> Any:
    """Make the type of a text without line breaks, which is kept as it is written: a name, a place."""
    return Annotated[Text(most, least), AfterValidator(_in_one_line)]


def _joined(value: Any) -> Any:
    return " ".join(text.clean(value).split()) if isinstance(value, str) else value


def Title(most: int, least: int = 0) -> Any:
    """Make the type of what somebody calls a thing: one line, whatever white space came in it."""
    return Annotated[str, Field(min_length=least, max_length=most), BeforeValidator(_joined)]


# For a change, in which null empties a text, and leaving it out lets it stay.
Emptied = BeforeValidator(lambda value: "" if value is None else value)


def unless_empty(value: Any) -> Any:
    """Take an empty field, by which a form says “none”, for none. For BeforeValidator."""
    return None if isinstance(value, str) and not value.strip() else value


def names(value: Any) -> Any:
    """Take a form's lines of names apart, at commas and spaces: “@ana, ben”; each once. For BeforeValidator."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return value
    parts = [part.removeprefix("@") for line in value for part in line.replace(",", " ").split()]
    return list(dict.fromkeys(part for part in parts if part))


class Listing(Schema):
    """What every list understands."""

    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=500)


def ask() -> page.Ask:
    """Read `limit` and `cursor` of a list."""
    found = query(Listing, only=True)
    return page.Ask(found.limit, found.cursor)


def query(schema: type[Form], *, only: bool = False) -> Form:
    """Read the query string. With `only`, parameters of others are left alone."""
    values = {name: value for name, value in request.args.items() if not only or name in schema.model_fields}
    return check(schema, {name: value for name, value in values.items() if value != ""})


def read(schema: type[Form], **known: Any) -> Form:
    """Read the body: JSON for the API, a form for pages. `known` is what stands elsewhere: in the address."""
    return check(schema, {**_body(schema), **known})


def check(schema: type[Form], values: Any) -> Form:
    """Hold values against a schema. Null says what leaving a field out says, unless the field knows it as a value."""
    own = schema.model_fields
    said = {name: value for name, value in values.items() if value is not None or _takes_null(own.get(name))}
    try:
        return schema.model_validate(said)
    except ValidationError as error:
        fields: dict[str, list[str]] = {}
        for problem in error.errors():
            # of a list the field itself: media_ids, not media_ids.0
            name = ".".join(takewhile(lambda part: isinstance(part, str), problem["loc"]))
            fields.setdefault(name, []).append(_sentence(problem))
        raise Invalid(fields) from error


def _takes_null(field: FieldInfo | None) -> bool:
    return field is None or type(None) in get_args(field.annotation) or Emptied in field.metadata


def _body(schema: type[BaseModel]) -> Any:
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return _form(schema)
    if request.is_json:
        try:
            body = request.get_json()
        except (RecursionError, BadRequest) as error:
            raise (RequestEntityTooLarge if _was_cut() else BadRequest) from error
        if not isinstance(body, dict):
            raise Invalid({"": ["The body must be a JSON object."]})
        return body
    if request.content_length:
        raise UnsupportedMediaType("Send JSON (Content-Type: application/json).")
    return {}


def _was_cut() -> bool:
    """Tell whether a body that did not say its length went on beyond what may come; Werkzeug just stops reading."""
    return request.content_length is None and getattr(request.stream, "is_exhausted", False)


def _form(schema: type[BaseModel]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in request.form:
        if name in ("csrf_token", "key"):  # what the edge and `once` read
            continue
        field = schema.model_fields.get(name)
        many = field is not None and _is_list(field.annotation)
        values[name] = request.form.getlist(name) if many else request.form[name]
    return values


def _is_list(annotation: Any) -> bool:
    """Tell whether a field takes several values; `list | None` and annotated lists do too."""
    if get_origin(annotation) is list:
        return True
    return any(_is_list(part) for part in get_args(annotation) if not isinstance(part, str))


def typed() -> dict[str, Any]:
    """Return what was typed into the form, to show it again. Secrets are left out."""
    return {
        name: values if len(values) > 1 else values[0]
        for name, values in request.form.lists()
        if name not in _SECRET and values
    }


def files(name: str) -> list[FileStorage]:
    """Return the files of a multipart form; browsers send one without a name for none."""
    return [file for file in request.files.getlist(name) if file.filename]


def file(name: str) -> FileStorage:
    """Return the one file of a multipart form. Invalid if none was chosen."""
    found = files(name)
    if not found:
        raise Invalid({name: ["Choose a photo first."]})
    return found[0]


def takes_files(view: View) -> View:
    """Let this view receive up to 40 MB."""
    view.max_body = FILES_BYTES
    return view


def redisplay(show: Callable[..., Any]) -> Callable[[View], View]:
    """When this view raises Invalid, answer 422 with `show(form=…, errors=…, **path)`: nothing typed is lost."""

    def mark(view: View) -> View:
        view.redisplay = show
        return view

    return mark


_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "yes or no",
    "bool_parsing": "yes or no",
    "uuid_parsing": "an id",
    "uuid_type": "an id",
    "list_type": "a list",
    "dict_type": "an object",
    "none_required": "empty for now",
}


def _sentence(problem: Any) -> str:
    """Say in plain words what is wrong with a field."""
    limits = problem.get("ctx") or {}
    match problem["type"]:
        case "missing":
            return "Please fill this in."
        case "string_too_long":
            return f"At most {limits['max_length']:,} characters."
        case "string_too_short" if limits["min_length"] == 1:
            return "Please write something."
        case "string_too_short":
            return f"At least {limits['min_length']} characters."
        case "too_long":
            return f"At most {limits['max_length']} of them."
        case "too_short":
            return f"At least {limits['min_length']} of them."
        case "less_than_equal":
            return f"At most {limits['le']:,}."
        case "greater_than_equal":
            return f"At least {limits['ge']:,}."
        case "literal_error":
            return f"Choose one of these: {limits['expected']}."
        case "extra_forbidden":
            return "This field is not known here."
        case "value_error":
            return str(limits.get("error", problem["msg"]))
        case kind if kind in _KINDS:
            return f"This must be {_KINDS[kind]}."
        case _:
            return "This is not understood here."
