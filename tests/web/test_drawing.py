"""Parts of pages that are kept: what they show is their key, so that they show every change, and nobody another's."""

import io

import pytest
from jinja2 import UndefinedError

from tests import make

API = "/api/v1"


@pytest.fixture
def two(app, sign_in):
    """Ana, who moderates, and Ben, in their browsers; and an admin's."""
    people = {"ana": make.user("ana", role="moderator"), "ben": make.user("ben"), "ada": make.user("ada", role="admin")}
    make.follow(people["ana"], people["ben"])
    return {name: sign_in(person) for name, person in people.items()}


def rail(browser, path="/settings"):
    page = browser.get(path).text
    return page[page.index('<header class="rail">') : page.index("</header>")]


def new_portrait(two):
    two["ana"].post("/settings/profile/avatar", data={"photo": (io.BytesIO(make.photo()), "me.jpg")})
    make.work()


CHANGES = {
    "user name": lambda two: two["ana"].patch(f"{API}/users/me", json={"username": "anna"}),
    "portrait": new_portrait,
    "notifications": lambda two: (two["ben"].post("/@ana/follow"), make.work()),
    "messages": lambda two: two["ben"].post(f"{API}/conversations", json={"usernames": ["ana"], "content": "Hello"}),
    "role": lambda two: two["ada"].patch(f"{API}/admin/users/ana", json={"role": "user"}),
    "features": lambda two: two["ada"].put(f"{API}/admin/settings", json={"flags": {"messages": False}}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_rail_shows_every_change_at_once(two, what):
    before = rail(two["ana"])
    assert rail(two["ana"]) == before

    CHANGES[what](two)

    assert rail(two["ana"]) != before


def test_the_way_to_an_account_is_there_while_accounts_can_be_made(app, two):
    visitor = app.test_client()
    assert "/register" in rail(visitor, "/about")
    two["ada"].put(f"{API}/admin/settings", json={"registration": "closed"})
    assert "/register" not in rail(visitor, "/about")


def test_the_rail_and_the_aside_are_each_viewers_own(app, two):
    for _ in range(2):
        for name, other in (("ana", "ben"), ("ben", "ana")):
            page = two[name].get("/").text
            assert page.count(f'href="/@{name}"') == 2, "in the rail, and beside the feed"
            assert f"/@{other}" not in page
        assert "/@" not in rail(app.test_client(), "/about")


def test_the_rail_says_where_one_is(two):
    for path, href in (("/", "/"), ("/saved", "/saved"), ("/settings/privacy", "/settings"), ("/@ana", "/@ana")):
        assert f'href="{href}" aria-current="page"' in rail(two["ana"], path)
    assert "aria-current" not in rail(two["ana"], "/@ben")


def test_a_kept_part_knows_nothing_but_what_it_is_handed(app):
    kept = app.jinja_env.globals["kept"]
    assert "viewer" not in app.jinja_env.globals
    with app.test_request_context("/"), pytest.raises(UndefinedError, match="viewer"):
        kept("shared/_aside.html")
    assert {"request", "session", "csrf_field", "form_token", "feature"}.isdisjoint(kept.constants)
