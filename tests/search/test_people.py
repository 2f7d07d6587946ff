"""Finding people."""

import pytest
from sqlalchemy import delete, select

from tests import make
from tests.browsing import counted_queries
from webapp.core import db
from webapp.models import UserWords
from webapp.users import actions as users
from webapp.users.schemas import ProfileChange

USERS = "/api/v1/search/users"


def found(browser, q, **more):
    answer = browser.get(USERS, query_string={"q": q, **more})
    assert answer.status_code == 200, answer.text
    return [person["username"] for person in answer.json["items"]]


def person(name, shown=""):
    made = make.user(name)
    with make.unit():
        users.edit(made.viewer, ProfileChange(display_name=shown))
    return made


def test_people_are_found_by_the_beginning_of_any_of_their_names(app, visitor):
    person("lichtfang", "Zoë Ångström")
    person("other", "Somebody Else")

    for typed in ("licht", "LICHTF", "@lichtfang", "zoe", "Zoë", "angs", "ang zo", "zoe ångström", " zoe  a "):
        assert found(visitor, typed) == ["lichtfang"], typed
    assert found(visitor, "fang") == []
    assert found(visitor, "zoe else") == []


def test_the_very_name_comes_first_then_friends_then_beginnings_then_other_words(app, sign_in):
    ben = make.user("ben")
    shown = {"maria": "", "maria_k": "", "friend": "Ana Maria", "ana_m": "Ana-Maria", "zmar": "Maria Z"}
    for name in shown:
        person(name, shown[name])
    make.follow(ben, make.Person(ben.id, "friend"))

    assert found(sign_in(ben), "maria") == ["maria", "friend", "maria_k", "zmar", "ana_m"]


def test_the_better_known_come_first(app, visitor):
    for number in range(4):
        fan = make.user(f"fan{number}")
        if number == 0:
            star = make.user("anton_z")
            make.user("anton_a")
        make.follow(fan, star)

    assert found(visitor, "anton") == ["anton_z", "anton_a"]


@pytest.mark.parametrize("typed", ["micheal", "mihcael", "michal", "michaell", "mixhael", "micha lvegard", "lovegrad"])
def test_a_slip_of_the_finger_is_forgiven(app, visitor, typed):
    person("shutter", "Michael Lövegård")
    person("berta", "Berta Lund")

    assert found(visitor, typed) == ["shutter"]


def test_those_who_were_perhaps_meant_come_after_the_others(app, visitor):
    person("marten", "Marten")
    person("martin", "Martin")

    assert found(visitor, "marti") == ["martin", "marten"]


def test_what_is_changed_is_found_by_the_new_name_alone(app, sign_in, visitor):
    ana = make.user("ana")
    browser = sign_in(ana)
    assert found(visitor, "ana") == ["ana"]
    browser.patch("/api/v1/users/me", json={"username": "mirabelle", "display_name": "Mira B."})

    assert found(visitor, "mirab") == ["mirabelle"]
    assert found(visitor, "ana") == []


def test_whoever_blocks_is_not_found_by_the_blocked_nor_the_other_way_round(app, sign_in, visitor):
    ana, ben = make.user("ana_lima"), make.user("benno")
    browsers = sign_in(ana), sign_in(ben)
    assert found(browsers[1], "ana_l") == ["ana_lima"]
    assert found(browsers[1], "ana_lmia") == ["ana_lima"]
    browsers[0].post("/api/v1/users/benno/block")

    for typed in ("ana_l", "ana_lmia"):
        assert found(browsers[1], typed) == []
    assert found(browsers[0], "benno") == []
    assert found(visitor, "ana_l") == ["ana_lima"]


def test_pages_hold_everybody_once_the_mistyped_too(app, visitor):
    names = [f"walter{number:02}" for number in range(7)] + [f"welter{number}" for number in range(3)]
    for name in names:
        make.user(name)
    shown, cursor = [], None
    while True:
        page = visitor.get(USERS, query_string={"q": "walter", "limit": 3, "cursor": cursor or ""}).json
        shown += [one["username"] for one in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
        make.user(f"walter_{len(shown)}")  # those who come meanwhile move nobody

    assert sorted(set(shown) & set(names)) == sorted(names)
    assert len(shown) == len(set(shown))
    assert all(name.startswith("walter") for name in shown[:7])


def test_many_cost_as_many_queries_as_few(app, sign_in):
    browser = sign_in(make.user("ana"))
    for number in range(2):
        make.user(f"clara{number}")
    found(browser, "clara")
    with counted_queries() as few:
        found(browser, "clara")
    for number in range(2, 25):
        make.user(f"clara{number:02}")
    with counted_queries() as many:
        assert len(found(browser, "clara")) == 20
    assert len(many) <= len(few) <= 3


def test_what_was_there_before_is_entered_by_the_job_and_nothing_is_entered_twice(app, visitor):
    make.user("ana")
    make.user("beatrix")
    with make.unit():
        db.execute(delete(UserWords))
        make.outbox.enqueue("jobs.search.fill_people")
    assert found(visitor, "beat") == []

    assert make.work().count("jobs.search.fill_people") == 2

    assert found(visitor, "beat") == ["beatrix"]
    with make.unit():
        make.outbox.enqueue("jobs.search.fill_people")
    make.work()
    with make.unit():
        assert len(db.rows(select(UserWords.user_id))) == 2


def test_a_query_is_held_against_its_limits(app, visitor):
    for q in ("", "x" * 101, "a\x00b"):
        assert visitor.get(USERS, query_string={"q": q}).status_code == 422, q
    assert visitor.get(USERS).status_code == 422
    for q in ("…", "' | 'x':*", "\\", "%", "!&|():*<->", "a" * 100):
        assert found(visitor, q) == []
    assert visitor.get(USERS, query_string={"q": "ana", "cursor": "xx"}).status_code == 422
