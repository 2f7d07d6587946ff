"""Following as scripts see it."""

from tests import make

API = "/api/v1"


def test_following_twice_is_following_and_counts_once(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    browser = sign_in(ben)
    for _ in range(2):
        shape = browser.post(f"{API}/users/ana/follow").json
        assert shape["relationship"]["following"] == "yes"
        assert shape["counts"]["followers"] == 1
    assert sign_in(ana).get(f"{API}/users/ben/relationship").json["followed_by"] is True
    for _ in range(2):
        shape = browser.delete(f"{API}/users/ana/follow").json
        assert shape["relationship"]["following"] == "no"
        assert shape["counts"]["followers"] == 0
    assert browser.get(f"{API}/users/ben").json["counts"]["following"] == 0


def test_nobody_follows_oneself(app, sign_in):
    assert sign_in(make.user("ana")).post(f"{API}/users/ana/follow").status_code == 403


def test_lists_are_paged_without_gaps_or_repeats(app, visitor):
    ana = make.user("ana")
    names = [f"fan_{number}" for number in range(5)]
    for name in names:
        make.follow(make.user(name), ana)
    seen, cursor = [], ""
    while True:
        page = visitor.get(f"{API}/users/ana/followers?limit=2&cursor={cursor}").json
        seen += [person["username"] for person in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == names[::-1]


def test_a_private_accounts_lists_are_for_its_followers(app, sign_in):
    make.user("shy", private=True)
    stranger = sign_in(make.user("ben"))
    assert stranger.get(f"{API}/users/shy").status_code == 200, "the header may be seen"
    assert stranger.get(f"{API}/users/shy/followers").status_code == 404
    assert stranger.get(f"{API}/users/shy/posts").status_code == 404
    assert stranger.get("/@shy/followers").status_code == 404
