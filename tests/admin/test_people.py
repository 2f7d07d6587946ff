"""What admins see of people and posts, and what they do to them."""

from dataclasses import fields

import pytest
from sqlalchemy import select, update

from tests import make
from tests.browsing import HTMX, counted_queries
from webapp.core import db, sessions
from webapp.models import AuditEntry, Post, Sanction, User
from webapp.posts.shapes import Post as PostShape

API = "/api/v1/admin"


@pytest.fixture
def ada(app, sign_in):
    """An admin's browser."""
    return sign_in(make.user("ada", role="admin", display_name="Ada"))


def record(action: str) -> list:
    """Return what the record says of one action."""
    with make.unit():
        return list(db.rows(select(*AuditEntry.__table__.c).where(AuditEntry.action == action)))


def names(answer) -> list[str]:
    return [item["username"] for item in answer.json["items"]]


def test_people_are_found_by_name_address_id_state_and_role(app, ada):
    ben = make.user("ben", display_name="Bénédicte 100%", status="suspended")
    make.user("cleo", role="moderator", shadowbanned=True)
    assert names(ada.get(f"{API}/users")) == ["cleo", "ben", "ada"]
    for query, found in (
        ("q=BEN@example", ["ben"]), ("q=@ben", ["ben"]), (f"q={ben.id}", ["ben"]), ("q=100%25", ["ben"]), ("q=_", []),
        ("status=suspended", ["ben"]), ("status=shadowbanned", ["cleo"]), ("role=moderator", ["cleo"]),
        ("role=admin&status=suspended", []), ("q=nobody", []),
    ):  # fmt: skip
        assert names(ada.get(f"{API}/users?{query}")) == found, query
    assert ada.get(f"{API}/users?status=gone").status_code == 422
    listed, shown = ada.get(f"{API}/users?q=@ben").json["items"][0], ada.get("/api/v1/users/cleo").json
    assert set(shown) <= set(listed), "all that a person's shape has"
    assert "@ben" in ada.get("/admin/users?status=suspended").text
    assert "Nobody found" in ada.get("/admin/users?q=nobody").text


def test_the_list_goes_on_by_cursor_as_page_part_and_json(app, ada):
    for number in range(5):
        make.user(f"person{number}")
    first = ada.get(f"{API}/users?limit=3&q=person")
    rest = ada.get(f"{API}/users?limit=3&q=person&cursor={first.json['next_cursor']}")
    assert names(first) + names(rest) == [f"person{number}" for number in (4, 3, 2, 1, 0)]
    assert rest.json["next_cursor"] is None
    assert ada.get(f"{API}/users?cursor=made-up").status_code == 422
    page = ada.get("/admin/users?limit=3&q=person").text
    assert page.count("<tr>") == 4
    assert "cursor=" in page
    cursor = first.json["next_cursor"]
    part = ada.get(f"/admin/users?limit=3&q=person&cursor={cursor}", headers=HTMX).text
    assert part.count("<tr>") == 2
    assert "<html" not in part


def test_a_person_shows_what_is_known_of_the_account(app, ada, sign_in):
    ben = make.user("ben")
    sign_in(ben).get("/")
    make.post(ben, photos=2)
    with make.unit():
        db.add(Sanction(kind="warn", target_type="user", target_id=ben.id, user_id=ben.id, reason="Too loud"))
        sessions.start(ben.id, stay=False, device="Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0", address="127.0.0.1")
    shown = ada.get(f"{API}/users/{ben.id}").json
    assert shown == ada.get(f"{API}/users/ben").json
    assert (shown["email"], shown["storage_bytes"], shown["sanctions_count"]) == ("ben@example.org", 2000, 1)
    assert shown["counts"] == {"posts": 1, "followers": 0, "following": 0}
    assert [one["address"] for one in shown["sessions"]] == ["127.0.0.1"] * 2
    assert [one["reason"] for one in shown["sanctions"]] == ["Too loud"]
    assert shown["last_seen_at"] is not None
    page = ada.get("/admin/users/ben").text
    for words in ("ben@example.org", "2 KB", "Too loud", "Sign out everywhere", ">Chrome on Linux<"):
        assert words in page
    assert ada.get(f"{API}/users/nobody").status_code == 404


def test_twenty_cost_as_many_queries_as_two(app, ada):
    ben = make.user("ben")
    make.post(ben)

    def asked() -> list[int]:
        counts = []
        for path in (
            "/admin/users",
            "/admin/posts",
            "/admin/audit",
            "/admin/jobs?status=queued",
            "/admin/announcements",
        ):
            ada.get(path)
            with counted_queries() as sent:
                assert ada.get(path).status_code == 200
            counts.append(len(sent))
        return counts

    ada.patch(f"{API}/users/ben", json={"role": "creator"})
    few = asked()
    for number in range(10):
        make.post(make.user(f"person{number}"))
        ada.patch(f"{API}/users/person{number}", json={"role": "creator"})
        ada.post(f"{API}/announcements", json={"text": f"Number {number}", "ends_at": "2999-01-01"})
    assert asked() == few


def test_a_role_changes_at_once_and_is_written_down(app, ada, sign_in):
    ben = make.user("ben")
    browser = sign_in(ben)
    assert browser.get("/admin/audit").status_code == 403
    changed = ada.patch(f"{API}/users/ben", json={"role": "moderator", "reason": "Helps us"})
    assert (changed.status_code, changed.json["role"]) == (200, "moderator")
    assert browser.get("/admin/audit").status_code == 200, "the session that was kept knows"
    (entry,) = record("role")
    assert (entry.user_id, entry.reason) == (ben.id, "Helps us")
    assert entry.facts["before"] == {"role": "user", "to": "moderator"}
    assert ada.patch(f"{API}/users/ben", json={"role": "moderator"}).status_code == 200
    assert len(record("role")) == 1, "nothing changed, nothing is written"
    answer = ada.post("/admin/users/ben/role", data={"role": "user", "reason": ""})
    assert (answer.status_code, answer.location) == (303, "/admin/users/ben")
    assert browser.get("/admin/audit").status_code == 403
    again = ada.post("/admin/users/ben/role", data={"role": "king"})
    assert again.status_code == 422
    assert ada.patch(f"{API}/users/ben", json={"role": "king"}).status_code == 422


def test_nobody_changes_their_own_role_and_admins_are_let_alone(app, ada, sign_in):
    eve = make.user("eve", role="admin")
    assert ada.patch(f"{API}/users/ada", json={"role": "user"}).status_code == 403
    assert ada.delete(f"{API}/users/ada/sessions").status_code == 403
    assert ada.delete(f"{API}/users/eve/sessions").status_code == 403
    assert ada.patch(f"{API}/users/eve", json={"role": "user"}).status_code == 200
    assert ada.delete(f"{API}/users/eve/sessions").status_code == 204
    assert eve.username == "eve"
    page = ada.get("/admin/users/ada").text
    assert "/admin/users/ada/role" not in page
    assert ada.post("/admin/users/ada/role", data={"role": "user"}).status_code == 403


def test_sign_ins_are_ended_one_by_one_or_all(app, ada, sign_in):
    ben = make.user("ben")
    one, other, held = sign_in(ben), sign_in(ben), make.bearer(ben)
    shown = ada.get(f"{API}/users/ben").json["sessions"]
    assert len(shown) == 2
    assert ada.delete(f"{API}/users/ben/sessions/{shown[0]['id']}").status_code == 204
    assert ada.delete(f"{API}/users/ben/sessions/{shown[0]['id']}").status_code == 404
    assert sorted(browser.get("/api/v1/auth/me").status_code for browser in (one, other)) == [200, 401]
    assert app.test_client().get("/api/v1/auth/me", headers=held).status_code == 200
    assert ada.post("/admin/users/ben/sessions/end").status_code == 303
    assert [browser.get("/api/v1/auth/me").status_code for browser in (one, other)] == [401, 401]
    assert app.test_client().get("/api/v1/auth/me", headers=held).status_code == 401
    assert [entry.facts["ended"] for entry in record("end_sessions")] == [1, 1]


def test_posts_are_found_in_whatever_state(app, ada):
    ben = make.user("ben", private=True)
    first, second = make.post(ben, "Fog over 50% of it", location="Oslo"), make.post(ben, "Sun")
    with make.unit():
        db.execute(update(Post).where(Post.id == second).values(status="taken_down"))
        db.execute(update(User).where(User.id == ben.id).values(status="suspended"))

    def found(query: str) -> list[str]:
        return [item["id"] for item in ada.get(f"{API}/posts?{query}").json["items"]]

    one, two = str(first), str(second)
    for query, expected in (
        ("", [two, one]), ("status=taken_down", [two]), ("q=50%25", [one]), ("q=oslo", [one]), (f"q={one}", [one]),
        ("author=ben", [two, one]), ("author=@ada", []), ("author=nobody", []), ("status=concealed", []),
    ):  # fmt: skip
        assert found(query) == expected, query
    shown = ada.get(f"{API}/posts?q={one}").json["items"][0]
    assert shown["author"]["username"] == "ben"
    assert shown["media"][0]["urls"]["small"]
    has = {field.name for field in fields(PostShape)} - {"failure", "verdict", "can"}
    assert has <= set(shown), "all that a post's shape has"
    page = ada.get("/admin/posts").text
    assert "Fog over" in page
    assert "taken down" in page


def standing(kind: str) -> list:
    with make.unit():
        return list(db.rows(select(*Sanction.__table__.c).where(Sanction.kind == kind, Sanction.undone_at.is_(None))))


def test_a_deleted_account_is_hidden_at_once_and_can_be_taken_back(app, ada, sign_in, visitor):
    ben = make.user("ben")
    post_id, browser = make.post(ben), sign_in(ben)
    assert visitor.get(f"/api/v1/posts/{post_id}").status_code == 200
    assert ada.delete(f"{API}/users/ben", json={"reason": "Sells things"}).status_code == 204
    assert visitor.get("/@ben").status_code == 404
    assert visitor.get(f"/api/v1/posts/{post_id}").status_code == 404
    assert browser.get("/api/v1/auth/me").status_code in (200, 401)
    shown = ada.get(f"{API}/users/ben").json
    assert (shown["status"], shown["sanctions_count"]) == ("suspended", 1)
    assert shown["expelled_at"]
    assert ada.delete(f"{API}/users/ben").status_code == 204, "twice is once"
    (one,) = standing("delete")
    assert [entry.reason for entry in record("delete")] == ["Sells things"]
    assert ada.post(f"/admin/actions/{one.id}/undo").status_code == 303
    assert visitor.get("/@ben").status_code == 200
    page = ada.post("/admin/users/ben/delete", data={"reason": "Again"})
    assert (page.status_code, page.location) == (303, "/admin/users/ben")
    assert visitor.get("/@ben").status_code == 404
    assert ada.delete(f"{API}/users/nobody").status_code == 404


def test_nobody_deletes_themselves_or_an_admin(app, ada):
    make.user("eve", role="admin")
    for name in ("ada", "eve"):
        assert ada.delete(f"{API}/users/{name}").status_code == 403
        assert ada.post(f"/admin/users/{name}/delete", data={"reason": "No"}).status_code == 403
    assert standing("delete") == []


def test_a_post_is_taken_down_with_a_reason_and_put_back(app, ada, sign_in, visitor):
    ben = make.user("ben")
    post_id, browser = make.post(ben, "Buy this"), sign_in(ben)
    assert ada.delete(f"{API}/posts/{post_id}", json={"reason": "Advertising"}).status_code == 204
    assert visitor.get(f"/p/{post_id}").status_code == 404
    own = browser.get(f"/api/v1/posts/{post_id}").json
    assert own["status"] == "taken_down"
    assert [one["status"] for one in ada.get(f"{API}/posts?status=taken_down").json["items"]] == ["taken_down"]
    (one,) = standing("takedown")
    assert one.reason == "Advertising"
    assert ada.delete(f"{API}/posts/{post_id}").status_code == 204, "twice is once"
    assert len(standing("takedown")) == 1
    assert ada.post(f"/admin/actions/{one.id}/undo").status_code == 303
    other = make.post(ben, "Another")
    there = {"Referer": "http://localhost/admin/posts"}
    answer = ada.post(f"/admin/posts/{other}/remove", data={"reason": ""}, headers=there)
    assert (answer.status_code, answer.location) == (303, "/admin/posts")
    assert "goes against the rules" in standing("takedown")[0].reason
    assert ada.delete(f"{API}/posts/{ben.id}").status_code == 404


def test_the_acts_on_a_persons_page_are_really_done(app, ada):
    ben = make.user("ben")
    page = ada.get("/admin/users/ben").text
    assert f'action="/admin/act/user/{ben.id}"' in page
    asked = {"action": "suspend", "reason": "Rest", "until": ""}
    assert ada.post(f"/admin/act/user/{ben.id}", data=asked).status_code == 303
    assert ada.get(f"{API}/users/ben").json["status"] == "suspended"
    page = ada.get("/admin/users/ben").text
    (way,) = {part.split('"')[0] for part in page.split('action="')[1:] if part.startswith("/admin/actions/")}
    assert ada.post(way).status_code == 303
    assert ada.get(f"{API}/users/ben").json["status"] == "active"
