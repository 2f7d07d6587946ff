"""A real replica behind the feed and the search: nobody can tell that it is there, whatever it does."""

import os
import signal
import time
from functools import partial
from itertools import count

import pytest
from flask_migrate import upgrade
from sqlalchemy import Integer, bindparam, select

from embedded.stack import Stack
from tests import make
from tests.browsing import Browser
from tests.conftest import ROOT
from tests.standby import Standby
from tests.waiting import PATIENCE, until
from webapp import commands, create_app
from webapp.core import cache, db, metrics, options, replica
from webapp.settings import Settings

_numbers = count(1)


@pytest.fixture(scope="module")
def pair(stack, tmp_path_factory):
    """An app over a primary and a replica of their own; what it writes stays until the last test here is over."""
    kept = db._engine[:], db._writing[:], cache._cache[:], make.factory[0]
    environ = {**{name: os.environ[name] for name in ("PATH", "HOME", "USER") if name in os.environ}, **stack.env}
    environ = {name: value for name, value in environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    try:
        with Stack(tmp_path_factory.mktemp("pair"), environ=environ, durable=False) as servers:
            standby = Standby(tmp_path_factory.mktemp("standby"), servers.services[0])
            values = {name.lower(): value for name, value in {**stack.env, **servers.env}.items()}
            # as in conftest: what is not put back below is the same for all
            values |= {"base_url": "http://localhost", "log_level": "ERROR", "rate_limit_scale": 1000}
            values |= {"compress": False, "push_local": True, "password_cost": 1, "redis_timeout": PATIENCE}
            app = create_app(Settings(**values, database_replica_url=standby.url, db_replica_timeout=0.5))
            commands.install(app)
            mine = db.engine()
            app.test_client_class, app.testing, make.factory[0] = Browser, False, None
            with app.app_context():
                upgrade(directory=str(ROOT / "migrations"))
            standby.start()
            yield app, standby
            standby.freeze(signal.SIGCONT)
            standby.stop()
            mine.dispose()
    finally:
        replica.connect("", lag=0, patience=0)
        db._engine[:], db._writing[:], cache._cache[:], make.factory[0] = kept


@pytest.fixture
def site(pair):
    """The app, with a replica that has everything and is not left alone."""
    app, standby = pair
    options.kept.forget()
    standby.catch_up()
    fresh()
    return app


@pytest.fixture
def standby(pair):
    """The replica."""
    return pair[1]


@pytest.fixture
def people(site, request):
    """Ana, who follows Ben, in her browser, and Ben, both new in each test."""
    name = str(next(_numbers))
    ana, ben = make.user(f"ana_{name}"), make.user(f"ben_{name}")
    make.follow(ana, ben)
    browser = site.test_client()
    browser.carry(make.session(ana))
    return ana, ben, browser


def fresh(**values):
    """Forget what this process knows of the replica, as another process would know nothing."""
    there = replica.here()
    there.__init__(there.engine, values.get("lag", 5.0))


def elsewhere():
    """Go on as another process, which knows where the servers are, and of writes what Redis says."""
    there = replica.here()
    notes, replayed = there._notes, there._replayed
    fresh()
    there._notes, there._replayed = notes, replayed


def answers(browser, path="/", verdict=None, **options):
    """Return the page, and by whom it was answered."""
    before = counted()
    page = browser.get(path, **options)
    assert page.status_code == 200, page.text[:500]
    by = [name for name, number in counted().items() if number > before.get(name, 0)]
    assert len(by) == 1
    assert verdict in (None, by[0])
    return page.text


def counted():
    return {sample.labels["answer"]: sample.value for sample in metrics.replica_reads.collect()[0].samples
            if sample.name.endswith("_total")}  # fmt: skip


def settled(browser, path="/"):
    """Wait until the replica answers."""

    def there():
        before = counted().get("replica", 0)
        assert browser.get(path).status_code == 200
        return counted().get("replica", 0) > before

    until(there, "that the replica answers")


def test_feed_and_search_are_read_from_the_replica(site, standby, people):
    _, ben, browser = people
    make.post(ben, "Words of before")
    for path in ("/", "/?view=public", "/?view=for_you", "/explore", "/search?q=ben", "/api/v1/feed",
                 "/api/v1/search/users?q=ben", "/api/v1/search/posts?q=words"):  # fmt: skip
        settled(browser, path)
    assert "Words of before" in answers(browser, verdict="replica")
    standby.pause()
    settled(browser)
    unseen = make.post(ben, "Words that the replica lacks")
    cache.client().zadd("replica:wrote", {"*": 1})  # as if it concerned its author alone
    assert "Words that the replica lacks" not in answers(browser, verdict="replica")
    assert str(unseen) in browser.get(f"/api/v1/posts/{unseen}").text, "other pages ask the primary"
    asked = standby.ask("SELECT query FROM pg_stat_activity WHERE usename = 'tintype_app' AND query <> ''")
    assert any("stories" in query or "posts" in query for (query,) in asked), asked
    standby.catch_up()
    until(lambda: "Words that the replica lacks" in answers(browser))


@pytest.mark.parametrize("way", ["cookie", "token"])
def test_one_reads_at_once_what_one_has_written(site, standby, people, way):
    ana, _, browser = people
    carl = make.user(f"carl_by_{way}")
    make.post(carl, "Carl was here")
    if way == "token":
        browser = partial_client(site, make.bearer(ana))
    standby.catch_up()
    settled(browser, "/api/v1/feed")
    standby.pause()
    assert browser.post(f"/api/v1/users/{carl.username}/follow").status_code == 200
    for _ in range(3):
        assert "Carl was here" in answers(browser, "/api/v1/feed", "own")
    elsewhere()
    assert "Carl was here" in answers(browser, "/api/v1/feed", "own")
    others = partial_client(site, {})
    settled(others, "/api/v1/feed")  # a visitor has written nothing
    standby.catch_up()
    settled(browser, "/api/v1/feed")
    assert "Carl was here" in answers(browser, "/api/v1/feed", "replica")


def partial_client(site, headers):
    """Return a program that sends these headers."""
    client = site.test_client()
    client.get, client.post = (partial(call, headers=headers) for call in (client.get, client.post))
    return client


def test_what_is_taken_from_sight_is_gone_for_everybody_at_once(site, standby, people):
    ana, ben, browser = people
    post_id = make.post(ben, "Soon to be private")
    visitor, author = site.test_client(), site.test_client()
    author.carry(make.session(ben))
    standby.catch_up()
    settled(visitor, "/api/v1/feed")
    assert "Soon to be private" in visitor.get("/api/v1/feed").text
    standby.pause()
    assert author.patch("/api/v1/users/me", json={"is_private": True}).status_code == 200
    assert "Soon to be private" not in answers(visitor, "/api/v1/feed", "own")
    assert "Soon to be private" in answers(browser, "/api/v1/feed", "own"), "who follows still sees it"
    assert author.post(f"/api/v1/users/{ana.username}/block").status_code in (200, 201, 204)
    assert "Soon to be private" not in answers(browser, "/api/v1/feed", "own")
    assert author.delete(f"/api/v1/posts/{post_id}").status_code in (200, 204)
    standby.catch_up()


def test_a_replica_that_lags_more_than_its_bound_is_not_asked(site, standby, people):
    _, ben, browser = people
    fresh(lag=0.5)
    settled(browser)
    standby.pause()
    make.post(ben, "Later words")
    cache.client().zadd("replica:wrote", {"*": 1})
    until(lambda: "Later words" in answers(browser))
    answers(browser, verdict="behind")
    assert site.test_client().get("/readyz").json["replica"] == "behind"
    standby.catch_up()
    settled(browser)
    assert site.test_client().get("/readyz").json["replica"] == "ok"


def test_a_replica_that_hangs_or_dies_costs_one_wait_and_nobody_an_error(site, standby, people):
    _, ben, browser = people
    make.post(ben, "Still here")
    settled(browser)
    standby.freeze()
    began = time.monotonic()
    assert "Still here" in answers(browser)
    assert time.monotonic() - began < PATIENCE
    assert "Still here" in answers(browser, verdict="away")
    standby.freeze(signal.SIGCONT)
    fresh()
    settled(browser)
    standby.stop()
    assert "Still here" in answers(browser)
    assert "Still here" in answers(browser, verdict="away")
    assert site.test_client().get("/readyz").json["replica"] == "away"
    standby.start()
    fresh()
    settled(browser)


def test_a_replica_that_was_restarted_meanwhile_is_asked_as_before(site, standby, people):
    browser = people[2]
    settled(browser)
    standby.stop()
    standby.start()
    replica.here()._asked = float("-inf")  # the tenth of a second in which it is not asked is over
    answers(browser, verdict="replica")


def test_the_doctor_says_how_the_replica_is(site, standby, monkeypatch):
    def said():
        return next(line for line in site.test_cli_runner().invoke(args=["doctor", "--wait", "0"]).output.splitlines()
                    if line.startswith("replica"))  # fmt: skip

    assert said().split()[1:] == ["ok", "follows", "the", "primary"]
    fresh(lag=0.5)
    shorter = site.config["SETTINGS"].model_copy(update={"db_replica_lag": 0.5})
    monkeypatch.setitem(site.config, "SETTINGS", shorter)
    standby.pause()
    make.user("seen_by_no_replica")
    until(lambda: "ILL   is more than 0.5 s behind" in said())
    standby.freeze()
    assert "ILL   does not answer" in said()
    standby.freeze(signal.SIGCONT)
    standby.catch_up()


def test_a_connection_that_dies_in_the_midst_of_a_page_is_not_noticed(site, standby, people):
    _, ben, browser = people
    make.post(ben, "Still here")
    settled(browser)
    standby.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tintype_app'")
    replica.here()._asked = time.monotonic() + 60  # it is not asked where it is before the page needs it
    assert "Still here" in answers(browser, verdict="again")


def test_without_redis_nobody_knows_who_wrote_and_the_primary_answers(site, standby, people):
    _, ben, browser = people
    settled(browser)
    kept = cache._cache[:]
    cache.connect("unix:///nowhere/redis.sock", 0.1)
    standby.pause()
    make.post(ben, "Written without Redis")
    assert "Written without Redis" in answers(browser, verdict="unknown")
    cache._cache[:] = kept
    assert "Written without Redis" in answers(browser, verdict="own"), "what Redis could not be told is told now"
    cache.client().flushdb()
    elsewhere()
    assert "Written without Redis" in answers(browser, verdict="own"), "an empty Redis is not taken for an idle site"


def test_a_primary_that_was_put_back_to_an_earlier_place_does_not_shut_the_replica_out(site, people):
    browser = people[2]
    settled(browser)
    cache.client().zadd("replica:wrote", {"*": 1 << 50})
    fresh()
    answers(browser, verdict="own")
    settled(browser)


def test_a_token_that_was_taken_back_is_not_valid_over_there(site, standby, people):
    ana = people[0]
    headers = make.bearer(ana)
    program = partial_client(site, headers)
    standby.catch_up()
    settled(program, "/api/v1/feed")
    standby.pause()
    assert program.post("/api/v1/auth/revoke", json={"token": headers["Authorization"][7:]}).status_code in (200, 204)
    assert site.test_client().get("/api/v1/feed", headers=headers).status_code == 401
    standby.catch_up()


def test_what_one_view_did_not_read_waits_for_nobody_on_the_next_ones_connection(site):
    number = db.Prepared(select(bindparam("number", type_=Integer).label("number")))
    there = replica.here()
    with db.unit(reading=True) as first:
        with replica.reading(there) as connection:
            line = connection.connection.driver_connection
            db.soon(number, {"number": 1})  # and finds that there is nothing to see before it asks for it
        with db.unit(reading=True), replica.reading(there) as connection:
            assert connection.connection.driver_connection is line
            soon = db.soon(number, {"number": 2})
            first.close()
            assert soon.row.number == 2
