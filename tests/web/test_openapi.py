"""The API's description, held against the API itself."""

import re
from collections import Counter
from dataclasses import dataclass

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests import make
from webapp.stories import highlights
from webapp.stories.schemas import NewHighlight
from webapp.web import openapi

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


def known(ana: make.Person, ben: make.Person) -> dict[str, str]:
    """Make things that are there, for the names in paths."""
    post_id = make.post(ana)
    story_id = make.story(ana)
    with make.unit():
        kept = NewHighlight(title="Kept", story_ids=[make.story(ana)])
        highlight_id = highlights.create(ana.viewer, kept).id
    talk = make.talk(ana, ben, make.user("guest"))
    values = {
        "story_id": story_id,
        "highlight_id": highlight_id,
        "post_id": post_id,
        "comment_id": make.comment(ben, post_id),
        "media_id": make.media(ana),
        "username": "ben",
        "conversation_id": talk,
        "message_id": make.say(ana, talk),
    }
    return {name: str(value) for name, value in values.items()}


def ask(operation, there: dict[str, str], headers: dict[str, str], statuses: Counter[int]) -> None:
    """Ask one operation some times, with names of things that are there or are not."""

    @FEW
    @given(case=operation.as_strategy(), real=st.booleans())
    def once(case, real):
        if real:
            case.path_parameters.update({name: there[name] for name in case.path_parameters if name in there})
        statuses[case.call_and_validate(headers=headers, checks=CHECKS).status_code] += 1

    once()


def test_every_answer_is_as_described(app, undone):
    ana, ben = make.user("ana"), make.user("ben")
    headers, there = make.bearer(ana), known(ana, ben)
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    statuses: Counter[int] = Counter()
    for found in described.get_all_operations():
        with undone():  # whatever one operation did, all things are there for the next
            ask(found.ok(), there, headers, statuses)
    assert statuses[200] > 100, statuses
    assert statuses[404] > 50, statuses


def test_the_description_is_whole(app, visitor):
    spec = visitor.get("/api/v1/openapi.json").json
    assert spec["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in spec["paths"].items() for method in methods}
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.rule != "/api/v1/openapi.json"
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert described == served
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            assert operation["responses"], (method, path)
            assert "default" in operation["responses"], (method, path)


def test_each_shape_has_a_name_of_its_own(app, visitor):
    spec = visitor.get("/api/v1/openapi.json").json
    body = spec["paths"]["/api/v1/admin/settings"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    shapes = spec["components"]["schemas"]
    assert "registration" in shapes[body["$ref"].rpartition("/")[2]]["properties"]
    assert set(shapes["Reason"]["properties"]) == {"type", "usernames", "others_count"}
    with pytest.raises(TypeError, match="two shapes are called Reason"):
        openapi._schema(dataclass(type("Reason", (), {"__annotations__": {"why": str}})), shapes, "serialization")


def test_a_form_with_files_says_what_stands_beside_them(app, visitor):
    spec = visitor.get("/api/v1/openapi.json").json
    form = spec["paths"]["/api/v1/posts"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {"photo", "caption", "location", "alt"}


def test_the_description_is_kept_by_its_tag(app, visitor):
    first = visitor.get("/api/v1/openapi.json")
    again = visitor.get("/api/v1/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
