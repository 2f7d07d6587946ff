"""Options that admins change while the site runs: limits, features, new accounts; and their history."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from tests.browsing import HTMX, counted_queries
from webapp.core import cache, clock, db, options
from webapp.core.options import OptionChange
from webapp.models import AuditEntry
from webapp.web import flags, limits

API = "/api/v1"
SPEC = {
    "guesses": (10, "hour"),
    "sign-in": (5, "minute"), "registration": (5, "hour"), "password-reset": (3, "hour"), "posts": (10, "hour"),
    "stories": (30, "hour"), "likes": (100, "hour"), "saves": (100, "hour"), "reposts": (100, "hour"),
    "comments": (50, "hour"), "follows": (60, "hour"), "messages": (60, "minute"), "uploads": (200, "hour"),
    "reports": (20, "hour"), "search": (30, "minute"), "as-you-type": (120, "minute"), "feed": (60, "minute"),
    "read": (300, "minute"), "write": (120, "minute"),
}  # fmt: skip


@pytest.fixture
def admin(app, sign_in):
    return sign_in(make.user("admin_a", role="admin"))


@pytest.fixture
def unscaled(app, monkeypatch):
    """Limits as they are for people, not a thousand times as many."""
    settings = app.config["SETTINGS"].model_copy(update={"rate_limit_scale": 1.0})
    monkeypatch.setitem(app.config, "SETTINGS", settings)


def put(admin, **change):
    return admin.put(f"{API}/admin/settings", json=change)


def test_the_limits_are_those_of_the_specification(app, admin):
    shown = {one["bucket"]: one for one in admin.get(f"{API}/admin/settings").json["limits"]}
    assert {name: (shown[name]["usual"], shown[name]["unit"]) for name in SPEC} == SPEC
    assert not any(one["changed"] for one in shown.values())
    page = admin.get("/admin/settings").text
    for name in limits.BUCKETS:
        assert f'name="limits.{name}"' in page


def test_every_option_stands_there_with_its_meaning(app, admin):
    shown = admin.get(f"{API}/admin/settings").json
    assert shown["registration"] == "open"
    assert {one["name"] for one in shown["options"]} | {"limits", "flags"} == set(options.Options.model_fields)
    assert all(one["description"] for one in shown["options"] + shown["flags"])
    assert {one["name"] for one in shown["flags"]} == set(flags.FLAGS)


def test_a_change_counts_at_once_and_is_kept_in_history_and_record(app, admin):
    answer = put(admin, registration="invite", limits={"posts": 3}, flags={"stories": False})
    assert answer.status_code == 200
    assert answer.json["registration"] == "invite"
    with make.unit():
        assert options.registration() == "invite"
        assert limits.most("posts") == 3
    put(admin, registration="invite")  # no change, no row
    put(admin, limits={"posts": None})
    with make.unit():
        assert limits.most("posts") == 10
    history = admin.get(f"{API}/admin/settings/history").json["items"]
    assert [(one["name"], one["before"], one["after"]) for one in history] == [
        ("limits.posts", 3, None), ("flags.stories", None, False), ("limits.posts", None, 3),
        ("registration", None, "invite"),
    ]  # fmt: skip
    assert {one["actor"]["username"] for one in history} == {"admin_a"}
    with make.unit():
        record = db.rows(select(AuditEntry.action, AuditEntry.target_id).order_by(AuditEntry.seq))
    assert [tuple(row) for row in record][:2] == [("change_option", "registration"), ("change_option", "limits.posts")]
    first = admin.get(f"{API}/admin/settings/history?limit=3").json
    rest = admin.get(f"{API}/admin/settings/history?limit=3&cursor={first['next_cursor']}").json
    assert first["items"] + rest["items"] == history


@pytest.mark.parametrize(
    "wrong",
    [
        {"registration": "sometimes"}, {"new_account_days": 91}, {"new_account_percent": 0}, {"limits": {"posts": 0}},
        {"limits": {"posts": 100_001}}, {"limits": {"unknown": 3}}, {"flags": {"unknown": True}}, {"more": 1},
        {"flags": {"stories": "perhaps"}}, {"limits": {"posts": 2.5}}, {"limits": "none"}, {"flags": []},
        {"limits": 3, "limits.posts": 4}, {"flags": 1, "flags.stories": True},
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused_and_changes_nothing(app, admin, wrong):
    answer = put(admin, **wrong)
    assert answer.status_code == 422
    assert answer.json["errors"]
    with make.unit():
        assert db.row(select(OptionChange.__table__)) is None


def test_the_forms_of_the_page(app, admin):
    assert admin.post("/admin/settings", data={"registration": "approval"}).status_code == 303
    ticked = {"flags.stories": ["true", "false"], "flags.reposts": "false"}
    assert admin.post("/admin/settings", data=ticked).status_code == 303
    new = {"new_account_days": "7", "new_account_percent": "10", "new_account_hold": ["true", "false"]}
    assert admin.post("/admin/settings", data=new).status_code == 303
    assert admin.post("/admin/settings", data={"limits.likes": "7", "limits.posts": ""}).status_code == 303
    with make.unit():
        now = options.now()
    assert (now.registration, now.new_account_days, now.new_account_hold) == ("approval", 7, True)
    assert (now.flags, now.limits) == ({"stories": True, "reposts": False}, {"likes": 7})
    assert "@admin_a" in admin.get("/admin/settings/history").text
    wrong = admin.post("/admin/settings", data={"limits.likes": "0"})
    assert wrong.status_code == 422
    assert 'id="e-limits.likes"' in wrong.text
    assert 'value="0"' in wrong.text


def test_another_process_knows_a_change_some_seconds_later(app, admin):
    options.kept.hold(options.Options(), 0.0)  # what it has read is old by now
    put(admin, limits={"posts": 4})
    options.kept.forget()
    with make.unit():
        assert options.now().limits == {"posts": 4}


def test_what_another_release_chose_keeps_no_page_from_its_people(app, visitor):
    with make.unit():
        for name, value in (("registration", "by lot"), ("new_account_days", 7), ("limits", {"posts": "many"})):
            options.put(name, value)
    options.kept.forget()
    assert visitor.get("/").status_code == 200
    assert (options.registration(), options.now().new_account_days, options.now().limits) == ("open", 7, {})
    cache.put("options", ["nothing", "of", "ours"], 60)
    options.kept.forget()
    assert visitor.get("/").status_code == 200


def test_limits_cost_a_request_no_query(app, sign_in, visitor):
    visitor.get("/about")
    with counted_queries() as sent:
        assert visitor.get("/about").status_code == 200
    assert not sent


def like_often(browser, post_id, times: int) -> list[int]:
    return [browser.post(f"{API}/posts/{post_id}/like").status_code for _ in range(times)]


def test_a_changed_limit_holds_and_is_said(app, sign_in, unscaled):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana)
    options.kept.hold(options.Options(limits={"likes": 2}), 60)
    assert like_often(sign_in(ben), post_id, 3) == [200, 200, 429]
    assert "more than 2 times an hour" in sign_in(ben).post(f"{API}/posts/{post_id}/like").json["detail"]


def test_the_number_that_is_said_is_the_one_that_counts(app, sign_in, monkeypatch):
    settings = app.config["SETTINGS"].model_copy(update={"rate_limit_scale": 0.5})
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    post_id = make.post(make.user("ana"))
    ben = sign_in(make.user("ben"))
    options.kept.hold(options.Options(limits={"likes": 4}), 60)
    assert like_often(ben, post_id, 3) == [200, 200, 429]
    assert "more than 2 times an hour" in ben.post(f"{API}/posts/{post_id}/like").json["detail"]


def test_a_new_account_has_a_share_of_what_it_may_write(app, sign_in, unscaled):
    ana, ben = make.user("ana"), make.user("ben")
    old = make.user("cleo", created_at=clock.now() - timedelta(days=8))
    mod = make.user("mod_m", role="moderator")
    post_id = make.post(ana)
    options.kept.hold(options.Options(limits={"likes": 8}, new_account_days=7, new_account_percent=25), 60)
    assert like_often(sign_in(ben), post_id, 3) == [200, 200, 429]
    assert like_often(sign_in(mod), post_id, 3) == [200] * 3
    assert like_often(sign_in(old), post_id, 3) == [200] * 3
    ben = make.Viewer(ben.id, role="user", joined=clock.now().timestamp())
    assert limits.most("read", ben) == 300, "reading is not made scarce"
    assert limits.most("reports", ben) == 5
    options.kept.hold(options.Options(new_account_days=7, new_account_percent=1), 60)
    assert limits.most("posts", ben) == 1, "never nothing at all"


def turn_off(*names: str) -> None:
    options.kept.hold(options.Options(flags=dict.fromkeys(names, False)), 60)


OFF = {
    "stories": ("GET /stories/ana", "GET /api/v1/stories/feed", "GET /api/v1/users/ana/stories", "GET /highlights",
                "POST /api/v1/stories", "POST /api/v1/highlights"),
    "messages": ("GET /messages", "GET /messages/new", "GET /api/v1/conversations", "POST /api/v1/conversations",
                 "GET /p/<post>/send", "GET /api/v1/search/messages?q=ab", "POST /stories/<story>/reply",
                 "POST /api/v1/stories/<story>/reply"),
    "reposts": ("POST /p/<post>/repost", "POST /api/v1/posts/<post>/repost", "DELETE /api/v1/posts/<post>/repost",
                "GET /p/<post>/reposts", "GET /api/v1/posts/<post>/reposts"),
}  # fmt: skip


@pytest.mark.parametrize("name", OFF)
def test_what_is_switched_off_is_refused_everywhere_and_comes_back(app, sign_in, name):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    post_id = make.post(ana)
    story_id = make.story(ana)
    browser = sign_in(ben)

    def asked() -> list[int]:
        found = []
        for one in OFF[name]:
            method, path = one.replace("<post>", str(post_id)).replace("<story>", str(story_id)).split(" ")
            answer = browser.open(path, method=method, json={} if method == "POST" and "/api/" in path else None)
            found.append(answer.status_code)
            if answer.status_code == 403:
                assert "switched off on this site" in answer.text
        return found

    before = asked()
    assert 403 not in before
    turn_off(name)
    assert set(asked()) == {403}
    turn_off()
    assert 403 not in asked()


def test_what_is_switched_off_is_left_out_of_the_pages(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    make.post(ana)
    make.story(ana)
    browser = sign_in(ben)
    marks = {
        "messages": ('href="/messages"', '/send"'), "reposts": ("/repost", "Repost"),
        "stories": ('href="/stories/ana"', "stories"),
    }  # fmt: skip
    for name, (first, second) in marks.items():
        turn_off()
        page = browser.get("/").text
        assert first in page, name
        turn_off(name)
        page = browser.get("/").text.partition("<body")[2]
        assert first not in page, name
        assert second not in page.replace("Photos and reposts", ""), name
        assert f'href="{"/messages/new" if name == "messages" else "/stories/"}' not in browser.get("/@ana").text or (
            name == "reposts"
        )


def test_visitors_may_be_kept_from_feed_and_search_and_people_are_not(app, sign_in, visitor):
    browser = sign_in(make.user("ana"))
    paths = {
        "visitor_feed": ("/", "/explore", "/api/v1/feed?view=public", "/api/v1/explore"),
        "visitor_search": ("/search", "/api/v1/search/users?q=an", "/search/typed?q=an"),
    }
    for name, its in paths.items():
        turn_off(name)
        for path in its:
            refused = visitor.get(path)
            assert refused.status_code == (401 if path.startswith("/api/") else 303), path
            assert path.startswith("/api/") or refused.headers["Location"].startswith("/login")
            assert browser.get(path).status_code == 200, path
        turn_off()
        assert {visitor.get(path).status_code for path in its} == {200}
    turn_off("visitor_feed", "visitor_search")
    assert visitor.get("/login").status_code == 200
    assert 'href="/search"' not in visitor.get("/login").text
    assert visitor.get("/search", headers=HTMX).status_code != 200


def test_a_token_that_is_not_valid_gets_no_further_than_before(app, visitor):
    turn_off("visitor_feed")
    assert visitor.get(f"{API}/feed", headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_every_view_of_a_feature_exists(app):
    for flag in flags.FLAGS.values():
        for view in flag.views:
            known = app.blueprints if view.endswith(".") else app.view_functions
            assert view.rstrip(".") in known, view


def test_a_visitors_page_of_a_public_person_stays_open(app, visitor):
    make.user("ana")
    turn_off("visitor_feed", "visitor_search")
    assert visitor.get("/@ana").status_code == 200
