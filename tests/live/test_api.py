"""The events over JSON."""

import json

from tests import make


def test_a_script_hears_the_same_numbers(app):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    make.tell("settle", "follow", ben.id, ana.id)
    answer = app.test_client().get("/api/v1/events", headers=make.bearer(ana))
    name, retry, place, data = answer.get_data(as_text=True).strip().split("\n")
    assert (name, retry) == ("event: counts", "retry: 10000")
    assert place.startswith("id: ")
    assert json.loads(data.removeprefix("data: ")) == {"notifications": 1, "conversations": 0}


def test_nobody_hears_without_signing_in(visitor):
    assert visitor.get("/api/v1/events").status_code == 401
