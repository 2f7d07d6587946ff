"""The API's description, true to the code: bodies from the schemas that check them, answers from the shapes."""

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from apiflask import APIFlask
from flask import Blueprint, Response, render_template
from markupsafe import Markup
from pydantic import BaseModel, TypeAdapter

from webapp.web import forms, htmx, json

View = TypeVar("View", bound=Callable[..., Any])
_JSON = "application/json"
_REFS = "#/components/schemas/{model}"
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors", "request_id"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "detail": {"type": "string"}, "request_id": {"type": ["string", "null"]},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}  # fmt: skip

bp = Blueprint("docs", __name__)
_app: list[APIFlask] = []


@dataclass(frozen=True)
class Operation:
    """What one call takes and gives."""

    answers: Any
    status: tuple[int, ...]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    many: bool
    files: str | None
    form: type[BaseModel] | None
    retried: bool
    kind: str


def describe(
    answers: Any = None, *, status: int | Iterable[int] = 200, body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None, many: bool = False, files: str | None = None,
    form: type[BaseModel] | None = None, retried: bool = False, kind: str = _JSON,
) -> Callable[[View], View]:  # fmt: skip
    """Say what an API view answers (a shape; `many`: a page of it), takes as body and query, and with what status.

    A multipart body has photos in the field `files`, and beside them what `form` says.
    """
    statuses = (status,) if isinstance(status, int) else tuple(status)

    def mark(view: View) -> View:
        view.operation = Operation(
            answers, statuses, body, query or (forms.Listing if many else None), many, files, form, retried, kind
        )
        return view

    return mark


def install(app: APIFlask) -> None:
    """Let APIFlask collect the paths, and fill in what our schemas and shapes know."""
    app.config.update(
        OPENAPI_VERSION="3.1.0", AUTO_404_RESPONSE=False, AUTO_VALIDATION_ERROR_RESPONSE=False,
        SPEC_DECORATORS=[], INFO={"description": "The JSON API of this site. Lists are paged by opaque cursors."},
    )  # fmt: skip
    app.security_schemes = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "tintype_session"},
    }
    app.spec_processor(lambda spec: _fill(app, spec))
    app.view_functions["openapi.spec"] = lambda: json.answer(_spec())  # with an ETag, as all public answers
    app.register_blueprint(bp)
    _app[:] = [app]


@bp.get("/docs")
def browse() -> Response:
    """Show the API's description to people."""
    return htmx.page("web/docs.html", calls=_calls())


@functools.cache
def _calls() -> Markup:
    """Draw all calls and shapes, once a process: they take a tenth of a second."""
    spec = _spec()
    areas: dict[str, list[tuple[str, str, Any]]] = {}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            areas.setdefault((operation.get("tags") or ["other"])[0], []).append((method.upper(), path, operation))
    return Markup(
        render_template("web/_calls.html", areas=areas, schemas=spec["components"]["schemas"])
    )  # drawn by a template, which escapes # nosec B704


def _spec() -> dict[str, Any]:
    """Return what was described once: APIFlask's `spec` would do it anew, which takes half a second."""
    return _app[0]._get_spec("json")  # type: ignore[return-value]


def _fill(app: APIFlask, spec: dict[str, Any]) -> dict[str, Any]:
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    spec["security"] = [{"bearer": []}, {"cookie": []}, {}]
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method, described in spec["paths"].get(path, {}).items():
            operation = getattr(app.view_functions[rule.endpoint], "operation", None)
            if operation is not None and method.upper() in (rule.methods or ()):
                _complete(described, operation, schemas)
    return spec


def _complete(described: dict[str, Any], operation: Operation, schemas: dict[str, Any]) -> None:
    answer: dict[str, Any] = {"description": "Done"}
    if operation.answers is not None:
        shape = _schema(operation.answers, schemas, "serialization")
        answer["content"] = {operation.kind: {"schema": _page(shape) if operation.many else shape}}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    described["responses"] = {str(code): answer for code in operation.status}
    described["responses"]["default"] = {"description": "Refused, with the reason", "content": problem}
    if 200 in operation.status and operation.answers is not None and operation.kind == _JSON:
        described["responses"]["304"] = {"description": "Not changed since the given ETag"}
    parameters = described.setdefault("parameters", [])
    if operation.query is not None:
        parameters += list(_query(operation.query))
    if operation.retried:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "maxLength": 200},
            }
        )
    if operation.body is not None:
        described["requestBody"] = _body(operation, schemas)


def _body(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    content = {_JSON: {"schema": _schema(operation.body, schemas, "validation")}}
    if operation.files:
        files = {"type": "array", "items": {"type": "string", "format": "binary"}}
        words = operation.form.model_json_schema()["properties"] if operation.form else {}
        content["multipart/form-data"] = {"schema": {"type": "object", "properties": {operation.files: files, **words}}}
    needed = any(field.is_required() for field in operation.body.model_fields.values()) if operation.body else True
    return {"required": needed, "content": content}


def _query(schema: type[BaseModel]) -> Iterable[dict[str, Any]]:
    described = schema.model_json_schema()
    for name, field in described["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "required": name in described.get("required", ()),
            "schema": field,
        }


def _page(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items", "next_cursor"],
        "properties": {
            "items": {"type": "array", "items": item},
            "next_cursor": {"type": ["string", "null"]},
        },
    }


def _schema(kind: Any, schemas: dict[str, Any], mode: Any) -> dict[str, Any]:
    """Register the schema of a shape or a model and what it uses; return a reference to it."""
    described = TypeAdapter(kind).json_schema(ref_template=_REFS, mode=mode)
    found = described.pop("$defs", {})
    name = getattr(kind, "__name__", None)
    named = described.get("type") == "object" and name is not None and name != "dict"
    if named:
        found[name] = described
    for each, shape in found.items():
        if schemas.setdefault(each, shape) != shape:
            raise TypeError(f"two shapes are called {each}")
    return {"$ref": _REFS.format(model=name)} if named else described
