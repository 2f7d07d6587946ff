"""Who may do what to whom: every role, every action, things of every role, oneself included; on pages and over JSON."""

import pytest
from sqlalchemy import select

from tests import make
from webapp.core import db
from webapp.models import AuditEntry, Sanction

API = "/api/v1"
ROLES = ("visitor", "user", "creator", "moderator", "admin")
RANK = {role: place for place, role in enumerate(ROLES)}
OWNERS = ROLES[1:]
WHY = {"reason": "Rule three."}
CONTENT = ("posts", "comments", "stories")


@pytest.fixture
def world(app, sign_in):
    """Somebody of each role who acts, and somebody of each role who made one of everything, reported by Ben."""
    actors = {role: make.user(f"actor_{role}", role=role) for role in OWNERS}
    owners = {role: make.user(f"owner_{role}", role=role) for role in OWNERS}
    browsers = {role: sign_in(person) for role, person in actors.items()} | {"visitor": app.test_client()}
    return actors, owners, browsers, sign_in(make.user("ben"))


def things(person):
    """Let a person make one of everything."""
    post = make.post(person, "A gate")
    return {
        "username": person.username, "posts": post, "comments": make.comment(person, post, "Words"),
        "stories": make.story(person),
    }  # fmt: skip


def case_about(his, post_id) -> str:
    """Let Ben report a post; returns the report's id."""
    body = {"target_type": "post", "target_id": str(post_id), "reason": "spam"}
    return his.post(f"{API}/reports", json=body).json["id"]


def calls(mine, report_id):
    """Return every action of moderators about these things: the path, and what is sent."""
    yield f"/moderation/reports/{report_id}/resolve", {"action": "dismiss"}
    for kind in CONTENT:
        yield f"/moderation/{kind}/{mine[kind]}/takedown", WHY
        yield f"/moderation/{kind}/{mine[kind]}/restore", WHY
        if kind != "comments":
            yield f"/moderation/{kind}/{mine[kind]}/sensitive", WHY
    for verb in ("flag", "warn", "shadowban", "unshadowban", "suspend", "unsuspend"):
        yield f"/moderation/users/{mine['username']}/{verb}", WHY


def forms(mine, report_id):
    """Return the same as forms of the pages."""
    yield f"/admin/queue/{report_id}/resolve", {"action": "dismiss", "reason": ""}
    for kind, thing in (("post", "posts"), ("comment", "comments"), ("story", "stories")):
        for action in ("takedown", "restore"):
            yield f"/admin/act/{kind}/{mine[thing]}", {"action": action, **WHY}
    for action in ("flag", "warn", "shadowban", "unshadowban", "suspend", "unsuspend"):
        yield f"/admin/act/user/{mine['username']}", {"action": action, **WHY}


def rows(table):
    with make.unit():
        return db.rows(select(table.__table__))


def expected(actor, owner, own: bool) -> int:
    """Return how a call answers."""
    if actor == "visitor":
        return 401
    if RANK[actor] < RANK["moderator"]:
        return 403
    return 200 if RANK[owner] < RANK[actor] and not own else 403


@pytest.mark.parametrize("actor", ROLES)
def test_every_role_does_what_it_may_and_nothing_else(world, actor):
    _, owners, browsers, his = world
    wrong = []
    for owner, person in owners.items():
        mine = things(person)
        for path, body in calls(mine, case_about(his, mine["posts"])):
            answer = browsers[actor].post(f"{API}{path}", json=body)
            if answer.status_code != expected(actor, owner, False):
                wrong.append(f"{owner} {path}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, wrong
    may = [owner for owner in OWNERS if expected(actor, owner, False) == 200]
    assert {row.user_id for row in rows(Sanction)} == {owners[owner].id for owner in may}
    assert len(rows(AuditEntry)) == 15 * len(may), "one row for each act"


@pytest.mark.parametrize("actor", ["moderator", "admin"])
def test_nobody_acts_on_themselves(world, actor):
    actors, _, browsers, his = world
    mine = things(actors[actor])
    for path, body in calls(mine, case_about(his, mine["posts"])):
        answer = browsers[actor].post(f"{API}{path}", json=body)
        hidden = "/reports/" in path  # who reported one is not for one to read
        assert answer.status_code == (404 if hidden else 403), path
        assert hidden or "yourself" in answer.json["detail"]
    assert rows(Sanction) == rows(AuditEntry) == []
    assert browsers[actor].get(f"{API}/moderation/queue").json["items"] == []


@pytest.mark.parametrize("actor", ROLES)
def test_the_forms_of_the_pages_let_and_refuse_alike(world, actor):
    actors, owners, browsers, his = world
    people = dict(owners) | ({"oneself": actors[actor]} if actor != "visitor" else {})
    for owner, person in people.items():
        mine = things(person)
        report_id = case_about(his, mine["posts"])
        for path, form in forms(mine, report_id):
            own = owner == "oneself"
            wanted = expected(actor, actor if own else owner, own)
            answer = browsers[actor].post(path, data=form)
            if own and "/queue/" in path and RANK[actor] >= RANK["moderator"]:
                wanted = 404
            assert answer.status_code == {200: 303, 401: 303}.get(wanted, wanted), (owner, path, answer.text[:300])
            assert wanted != 401 or answer.headers["Location"].startswith("/login")


@pytest.mark.parametrize("actor", ROLES)
def test_what_staff_read_is_for_staff(world, actor):
    _, owners, browsers, his = world
    report_id = case_about(his, make.post(owners["user"]))
    staff = RANK[actor] >= RANK["moderator"]
    for path in ("/moderation/queue", f"/moderation/reports/{report_id}", "/moderation/appeals"):
        status = browsers[actor].get(f"{API}{path}").status_code
        assert status == (200 if staff else 401 if actor == "visitor" else 403), path
    for path in ("/admin/queue", f"/admin/queue/{report_id}", "/admin/appeals"):
        status = browsers[actor].get(path).status_code
        assert status == (200 if staff else 303 if actor == "visitor" else 403), path


@pytest.mark.parametrize("actor", ["user", "moderator", "admin"])
def test_what_was_done_is_undone_by_those_who_might_have_done_it(world, actor):
    _, owners, browsers, _ = world
    for owner in ("user", "moderator"):
        post = make.post(owners[owner])
        made = browsers["admin"].post(f"{API}/moderation/posts/{post}/takedown", json=WHY).json["id"]
        answer = browsers[actor].post(f"{API}/moderation/actions/{made}/undo")
        assert answer.status_code == expected(actor, owner, False), (owner, answer.text)


def test_taking_care_and_notes_are_recorded_too(world):
    actors, owners, browsers, his = world
    report_id = case_about(his, make.post(owners["user"]))
    path = f"{API}/moderation/reports/{report_id}"
    mods = browsers["moderator"]
    assert mods.post(f"{path}/assign", json={}).json["assignee"]["username"] == "actor_moderator"
    assert mods.post(f"{path}/assign", json={"username": "actor_admin"}).json["assignee"]["username"] == "actor_admin"
    assert mods.post(f"{path}/assign", json={"username": "owner_user"}).status_code == 409
    assert [one["id"] for one in browsers["admin"].get(f"{API}/moderation/queue?assigned=me").json["items"]]
    assert mods.get(f"{API}/moderation/queue?assigned=nobody").json["items"] == []
    assert mods.post(f"{path}/assign", json={"username": None}).json["assignee"] is None
    assert mods.post(f"{path}/notes", json={"content": "I know them."}).status_code == 201
    assert browsers["admin"].get(path).json["notes"][0]["content"] == "I know them."
    assert mods.post(f"{path}/notes", json={"content": ""}).status_code == 422
    found = rows(AuditEntry)
    assert [row.action for row in found] == ["assign", "assign", "assign", "note"]
    assert all("I know them." not in str(row.facts) for row in found), "the record names no words"
    assert actors["moderator"].id == found[0].actor_id
