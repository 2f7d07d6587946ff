"""While the database is away, visitors see the last good copies of public pages, and nothing that has gone since."""

import pytest

from tests import make
from tests.browsing import HTMX
from webapp.core import cache, db, metrics
from webapp.web import copies


@pytest.fixture(autouse=True)
def _nothing_kept():
    copies._taken._young.clear()
    copies._taken._old.clear()
    copies._owed[0] = False


@pytest.fixture
def away(app):
    """Return a function that takes the database away for the rest of the test."""
    kept, factory = db.engine(), app.session_factory

    def go() -> None:
        db.connect(
            "postgresql+psycopg://nobody@/none?host=/nowhere", size=1, overflow=0, wait=0.2, connect_timeout=1,
            statement_timeout=1,
        )  # fmt: skip
        app.session_factory = None

    yield go
    db.engine().dispose()
    db.use(kept)
    app.session_factory = factory


def counted(metric):
    return metric.labels("public")._value.get()


@pytest.mark.parametrize("path", ["/", "/explore", "/@ana", "/@ana/timeline", "/tags/salt", "/p/<id>"])
def test_a_visitor_sees_the_last_good_copy_and_that_it_is_one(app, away, path):
    post_id = make.post(make.user("ana"), caption="Salt and #salt")
    path = path.replace("<id>", str(post_id))
    good = app.test_client().get(path)
    assert good.status_code == 200
    assert "Age" not in good.headers
    away()
    hits = counted(metrics.snapshot_hits)
    copy = app.test_client().get(path)
    assert copy.status_code == 200
    assert str(post_id) in copy.text
    assert "You see this page as it was a moment ago" in copy.text
    assert 'role="status"' in copy.text
    assert copy.headers["Cache-Control"] == "no-store"
    assert int(copy.headers["Age"]) < 60
    assert int(copy.headers["Retry-After"]) > 0
    assert "Content-Security-Policy" in copy.headers
    assert "Set-Cookie" not in copy.headers
    assert counted(metrics.snapshot_hits) == hits + 1


def test_a_copy_holds_no_form_token_of_whoever_saw_the_page_first(app, away):
    make.post(make.user("ana"))
    first = app.test_client().get("/")
    token = first.text.split('name="csrf-token" content="')[1].split('"')[0]
    assert len(token) > 40
    away()
    copy = app.test_client().get("/")
    assert token not in copy.text
    assert 'name="csrf-token" content=""' in copy.text


def test_who_may_be_signed_in_gets_no_copy(app, sign_in, away):
    ana = make.user("ana")
    bearer = make.bearer(ana)
    browser, stale = sign_in(ana), app.test_client()
    stale.carry("a key of before")
    assert app.test_client().get("/").status_code == 200
    away()
    assert app.test_client().get("/").status_code == 200, "there is a copy"
    for answer in (browser.get("/"), stale.get("/"), app.test_client().get("/", headers=bearer)):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0


def test_pages_of_people_are_never_copied(app, sign_in, away):
    ana = make.user("ana")
    make.post(ana)
    assert sign_in(ana).get("/").status_code == 200
    assert sign_in(ana).get("/@ana").status_code == 200
    away()
    misses = counted(metrics.snapshot_misses)
    assert app.test_client().get("/").status_code == 503
    assert app.test_client().get("/@ana").status_code == 503
    assert counted(metrics.snapshot_misses) == misses + 2


def test_everything_else_is_a_page_or_a_problem_at_once(app, away):
    make.post(make.user("ana"))
    assert app.test_client().get("/").status_code == 200
    away()
    browser = app.test_client()
    for path in ("/?view=public", "/search?q=ana", "/@ana/followers"):
        assert browser.get(path).status_code == 503
    part = browser.get("/", headers=HTMX)
    assert part.status_code == 503
    assert browser.get("/api/v1/feed").mimetype == "application/problem+json"
    assert browser.post("/login", data={"username": "ana", "password": "x"}, token=False).status_code in (400, 503)
    assert browser.get("/about").status_code == 200


def _delete(browser, post_id):
    return browser.post(f"/p/{post_id}/delete")


def _turn_private(browser, _post_id):
    return browser.patch("/api/v1/users/me", json={"is_private": True})


def _hide(browser, _post_id):
    return browser.post("/api/v1/me/deactivate", json={"password": make.PASSWORD})


def _rewrite(browser, post_id):
    return browser.patch(f"/api/v1/posts/{post_id}", json={"caption": "Nothing to see"})


@pytest.mark.parametrize("deed", [_delete, _turn_private, _hide, _rewrite])
def test_what_is_gone_has_left_the_copies(app, sign_in, away, deed):
    ana = make.user("ana")
    post_id = make.post(ana, caption="A thing regretted")
    for path in ("/", "/@ana", f"/p/{post_id}"):
        assert "A thing regretted" in app.test_client().get(path).text or path == "/@ana"
    assert deed(sign_in(ana), post_id).status_code < 400
    away()
    for path in ("/", "/@ana", f"/p/{post_id}"):
        assert app.test_client().get(path).status_code == 503


def test_what_moderators_take_down_has_left_the_copies(app, sign_in, away):
    post_id = make.post(make.user("ana"), caption="A thing against the rules")
    mod = sign_in(make.user("moe", role="moderator"))
    assert "A thing against" in app.test_client().get("/").text
    taken = mod.post(f"/api/v1/moderation/posts/{post_id}/takedown", json={"reason": "spam"})
    assert taken.status_code < 400, taken.text
    away()
    assert app.test_client().get("/").status_code == 503


def test_likes_and_comments_leave_the_copies_where_they_are(app, sign_in, away):
    post_id = make.post(make.user("ana"))
    ben = sign_in(make.user("ben"))
    assert app.test_client().get("/").status_code == 200
    assert ben.post(f"/api/v1/posts/{post_id}/like").status_code == 200
    assert ben.post(f"/api/v1/posts/{post_id}/comments", json={"content": "Fine"}).status_code == 201
    away()
    assert app.test_client().get("/").status_code == 200


def test_a_page_read_before_something_went_is_not_kept_after_it(app, away, monkeypatch):
    make.post(make.user("ana"))
    honest = copies.take
    monkeypatch.setattr(copies, "take", lambda response: (copies.forget(), honest(response)))
    assert app.test_client().get("/").status_code == 200
    away()
    assert app.test_client().get("/").status_code == 503


def test_what_redis_did_not_hear_of_is_told_before_the_next_copy(app, away):
    make.post(make.user("ana"))
    assert app.test_client().get("/").status_code == 200
    kept = cache._cache[0]
    cache.connect("unix:///nowhere/redis.sock", 0.1)
    copies.forget()
    cache._cache[:] = [kept]
    away()
    assert app.test_client().get("/").status_code == 503


def test_every_name_of_a_write_that_only_adds_is_one_of_a_view(app):
    views = {rule.endpoint for rule in app.url_map.iter_rules() if rule.methods & {"POST", "PUT", "PATCH", "DELETE"}}
    rooms = {f"{view.partition('.')[0]}." for view in views}
    assert set(copies.ADDING) <= views | rooms
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= copies.PAGES


def test_copies_take_a_bounded_place(app):
    make.user("ana")
    for number in range(40):
        assert app.test_client().get(f"/tags/t{number}").status_code == 200
    kept = cache.client().keys("copy:*")
    assert 0 < len(kept) <= copies._PLACES + 2
    assert all(0 < cache.client().ttl(key) <= 900 for key in kept)


def test_a_setting_turns_copies_off(app, away, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", app.config["SETTINGS"].model_copy(update={"public_copy_seconds": 0}))
    assert app.test_client().get("/").status_code == 200
    assert not cache.client().keys("copy*")
    away()
    assert app.test_client().get("/").status_code == 503
