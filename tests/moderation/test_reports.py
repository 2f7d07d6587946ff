"""What people report: what they can see, once, and they learn what became of it."""

import pytest

from tests import make
from webapp.core import db
from webapp.models import Case
from webapp.web.limits import BUCKETS

API = "/api/v1"


@pytest.fixture
def world(app, sign_in):
    """Ana, who made one of everything; Ben, who reports; Moira, a moderator."""
    ana, ben, mo = make.user("ana"), make.user("ben"), make.user("moira", role="moderator")
    make.follow(ben, ana)
    post = make.post(ana, "A gate")
    talk = make.talk(ana, ben, content="Hello")
    things = {
        "user": ana.username, "post": post, "comment": make.comment(ana, post, "Rude words"), "story": make.story(ana),
        "message": make.say(ana, talk, "Worse words"),
    }  # fmt: skip
    return things, sign_in(ben), sign_in(mo), sign_in(ana)


def file(browser, kind, thing, reason="spam", note=""):
    body = {"target_type": kind, "target_id": str(thing), "reason": reason, "note": note}
    return browser.post(f"{API}/reports", json=body)


def cases():
    with make.unit():
        return db.rows(Case.__table__.select())


@pytest.mark.parametrize("kind", ["user", "post", "comment", "story", "message"])
def test_everything_can_be_reported_and_stands_in_the_queue(world, kind):
    things, his, mods, _ = world
    made = file(his, kind, things[kind], "harassment", "Look at this")
    assert made.status_code == 201, made.text
    assert (made.json["target_type"], made.json["reason"], made.json["status"]) == (kind, "harassment", "open")
    assert made.json["outcome"] is None
    [item] = mods.get(f"{API}/moderation/queue").json["items"]
    assert item["target"]["type"] == kind
    assert item["target"]["id"] == made.json["target_id"]
    assert item["target"]["author"]["username"] == "ana"
    assert (item["reports"]["count"], item["reports"]["reasons"]) == (1, {"harassment": 1})
    whole = mods.get(f"{API}/moderation/reports/{made.json['id']}").json
    assert whole["id"] == item["id"], "by the report's id, too"
    assert [(one["reporter"]["username"], one["note"]) for one in whole["filed"]] == [("ben", "Look at this")]
    assert whole["author"]["cases"] == 1


def test_a_second_report_is_the_first_one_while_it_is_open(world):
    things, his, mods, _ = world
    first = file(his, "post", things["post"], "spam", "One")
    again = file(his, "post", things["post"], "nudity", "Two")
    assert again.status_code in (200, 201)
    assert again.json == first.json
    assert len(cases()) == 1
    close = {"action": "dismiss"}
    assert mods.post(f"{API}/moderation/reports/{first.json['id']}/resolve", json=close).status_code == 200
    assert file(his, "post", things["post"], "nudity").json["id"] != first.json["id"]
    assert len(cases()) == 2


def test_reports_about_one_thing_gather_in_one_case(world, sign_in):
    things, his, mods, _ = world
    file(his, "post", things["post"])
    file(sign_in(make.user("cleo")), "post", things["post"], "nudity")
    [item] = mods.get(f"{API}/moderation/queue").json["items"]
    assert item["reports"]["count"] == 2
    assert item["reports"]["reasons"] == {"spam": 1, "nudity": 1}


def test_what_one_does_not_see_can_not_be_reported(world, sign_in):
    things, _, _, _ = world
    stranger = sign_in(make.user("stranger"))
    for kind in ("story", "message"):
        assert file(stranger, kind, things[kind]).status_code == 404, kind
    private = make.user("shy", private=True)
    assert file(stranger, "post", make.post(private)).status_code == 404
    assert file(stranger, "post", "not-an-id").status_code == 404
    assert file(stranger, "user", "nobody_here").status_code == 404
    assert cases() == []


def test_whom_one_blocked_can_be_reported_and_who_is_blocked_finds_nobody(world):
    _, his, _, hers = world
    his.post(f"{API}/users/ana/block")
    assert file(his, "user", "ana").status_code == 201
    assert file(hers, "user", "ben").status_code == 404


def test_nobody_reports_their_own(world):
    things, _, _, hers = world
    for kind in ("user", "post", "comment", "story", "message"):
        answer = file(hers, kind, things[kind])
        assert answer.status_code == 403, kind
        assert "your own" in answer.json["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"reason": "boring"}, "reason"), ({"note": "x" * 1001}, "note"), ({"target_type": "feed"}, "target_type"),
     ({"other": 1}, "other")],
)  # fmt: skip
def test_a_malformed_report_names_the_field(world, change, field):
    things, his, _, _ = world
    body = {"target_type": "post", "target_id": str(things["post"]), "reason": "spam", **change}
    answer = his.post(f"{API}/reports", json=body)
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_a_decision_without_a_reason_names_the_field(world):
    things, his, mods, _ = world
    case = file(his, "post", things["post"]).json["id"]
    for path, more in ((f"reports/{case}/resolve", {}), ("reports/bulk", {"ids": [case]})):
        refused = mods.post(f"{API}/moderation/{path}", json={"action": "warn", **more})
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["reason"]), path


def test_visitors_sign_in_first(world, visitor):
    things, _, _, _ = world
    assert file(visitor, "post", things["post"]).status_code == 401
    assert visitor.get(f"/report/post/{things['post']}").status_code == 303


@pytest.mark.parametrize(("action", "outcome"), [("dismiss", "not_acted"), ("takedown", "acted")])
def test_everybody_who_reported_learns_once_whether_something_was_done(world, sign_in, action, outcome):
    things, his, mods, _ = world
    cleo = sign_in(make.user("cleo"))
    made = [file(browser, "post", things["post"]).json["id"] for browser in (his, cleo)]
    body = {"action": action, "reason": "Because of the secret rule."}
    assert mods.post(f"{API}/moderation/reports/{made[0]}/resolve", json=body).status_code == 200
    for browser in (his, cleo):
        make.work()
        [mine] = browser.get(f"{API}/me/reports").json["items"]
        assert (mine["status"], mine["outcome"]) == ("resolved", outcome)
        told = [one for one in browser.get(f"{API}/notifications").json["items"] if one["type"] == "notice"]
        assert len(told) == 1
        assert len(told[0]["notices"]) == 1
        said = told[0]["target"]["excerpt"]
        assert said.startswith("Thank you for your report.")
        assert "secret rule" not in said
        assert "moira" not in told[0]["target"]["excerpt"]


def test_the_words_of_a_reported_message_stay_when_its_sender_deletes_it(world):
    things, his, mods, hers = world
    made = file(his, "message", things["message"]).json
    assert hers.delete(f"{API}/messages/{things['message']}").status_code in (200, 204)
    whole = mods.get(f"{API}/moderation/reports/{made['id']}").json
    assert whole["target"]["status"] == "deleted"
    assert "Worse words" in whole["detail"]


def test_a_message_is_shown_with_a_few_around_it_and_no_more(app, sign_in):
    ana, ben, mods = make.user("ana"), make.user("ben"), sign_in(make.user("moira", role="moderator"))
    make.follow(ben, ana)
    talk = make.talk(ana, ben)
    lines = [make.say(ben if n % 2 else ana, talk, f"Line {n}") for n in range(12)]
    made = file(sign_in(ben), "message", lines[6]).json
    context = mods.get(f"{API}/moderation/reports/{made['id']}").json["context"]
    assert [one["content"] for one in context] == [f"Line {n}" for n in range(3, 10)]
    assert [one["content"] for one in context if one["reported"]] == ["Line 6"]
    assert mods.get(f"{API}/conversations/{talk}").status_code == 404
    page = mods.get(f"/admin/queue/{made['id']}").text
    assert "Line 9" in page
    assert "Line 10" not in page
    assert "private" in page


def test_what_was_said_before_its_reporter_came_is_no_part_of_a_case(app, sign_in):
    ana, ben, cleo, dora = (make.user(name) for name in ("ana", "ben", "cleo", "dora"))
    mods = sign_in(make.user("moira", role="moderator"))
    for one in (ben, cleo, dora):
        make.follow(one, ana)
    group = make.talk(ana, ben, cleo, title="Walk")
    make.say(ana, group, "Among friends")
    hers = sign_in(ana)
    assert hers.post(f"{API}/conversations/{group}/participants", json={"usernames": ["dora"]}).status_code in (
        200,
        201,
    )
    said = make.say(ana, group, "Worse words")
    make.say(ana, group, "And more")
    made = file(sign_in(dora), "message", said).json
    read = lambda: [one["content"] for one in mods.get(f"{API}/moderation/reports/{made['id']}").json["context"]]  # noqa: E731
    assert read() == ["Worse words", "And more"]
    file(sign_in(ben), "message", said)
    assert read() == ["Among friends", "Worse words", "And more"], "Ben had read it"


def test_one_reads_ones_own_reports_alone_page_by_page(world, sign_in):
    things, his, _, _ = world
    for kind, thing in things.items():
        assert file(his, kind, thing).status_code == 201
    seen, cursor = [], ""
    while cursor is not None:
        page = his.get(f"{API}/me/reports?limit=2{cursor and f'&cursor={cursor}'}").json
        seen += [one["target_type"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ["message", "story", "comment", "post", "user"]
    assert sign_in(make.user("cleo")).get(f"{API}/me/reports").json["items"] == []


def test_twenty_reports_an_hour_are_enough():
    assert BUCKETS["reports"] == (20, "hour", False)


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "x" * 101])
def test_a_name_that_is_none_is_refused_in_words(world, name):
    _, his, mods, _ = world
    assert file(his, "user", name).status_code == 422
    made = file(his, "user", "ana").json["id"]
    answer = mods.post(f"{API}/moderation/reports/{made}/assign", json={"username": name})
    assert answer.status_code == 422
