"""Real servers, one set a test process; each test in a transaction that is rolled back."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import upgrade
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.orm import Session
from xdist.scheduler import LoadFileScheduling

import jobs
from embedded.stack import Stack
from tests import make, prepared
from tests.browsing import Browser
from tests.letters import Letters, box
from tests.waiting import PATIENCE
from tests.whole import Script
from tests.whole import Site as LiveSite
from webapp import commands, create_app
from webapp.admin import announcements
from webapp.auth import guesses
from webapp.core import cache, db, options
from webapp.policy import screening
from webapp.settings import Settings
from webapp.web import away
from webapp.web.edge import Site

ROOT = Path(__file__).parents[1]
# Files that take long begin first, so that no process waits for another's last one.
LONG = ("test_matrix.py", "test_openapi.py", "test_house_rules.py", "test_app.py", "test_run.py")


def pytest_configure() -> None:
    """Let the collector come as seldom as in life (gunicorn.conf.py): it took a tenth of the time."""
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the files that take long before all others; leave out the long form, unless it is asked for."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))
    if os.environ.get("FAULTS") == "all":
        return
    long = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


class ByFile(LoadFileScheduling):
    """Hands out tests by file, as `--dist loadfile` does, but all faults as one."""

    def _split_scope(self, nodeid: str) -> str:
        """Return what a test goes with. Each process that is given faults starts a site to break: one is enough."""
        return "tests/faults" if nodeid.startswith("tests/faults/") else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """Hand out tests by file, if that is wanted."""
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL, Redis and S3 of this test process alone."""
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "USER") if name in os.environ}
    with Stack(tmp_path_factory.mktemp("servers"), environ=environ, durable=False) as started:
        yield started


@pytest.fixture(scope="session")
def app(stack: Stack) -> Site:
    """The app over these servers, migrated."""
    settings = Settings(
        **{name.lower(): value for name, value in stack.env.items()},
        base_url="http://localhost",
        log_level="ERROR",
        rate_limit_scale=1000,
        redis_timeout=PATIENCE,  # on a busy machine it may be slow; what a silent one means has tests of its own
        password_cost=1,
        password_megabytes=1,
        compress=False,
        push_local=True,
    )
    site = create_app(settings)
    commands.install(site)
    site.test_client_class = Browser
    site.testing = False  # errors become answers, as for people
    with site.app_context():
        upgrade(directory=str(ROOT / "migrations"))
    jobs.app = lambda: site
    gc.freeze()  # what is there now stays, and need not be looked through again and again
    return site


@pytest.fixture(autouse=True)
def _rolled_back(request: pytest.FixtureRequest) -> Iterator[Connection | None]:
    """Give every unit of work of a test one transaction, and undo it in the end."""
    if "app" not in request.fixturenames:
        yield None
        return
    site = request.getfixturevalue("app")
    cache.client().flushdb()
    options.kept.hold(options.Options(), 600)
    screening.kept.forget()
    announcements.kept.hold([])
    away.waiting.hold(0.0, 600)
    guesses.scale[:] = [1.0]  # of wrong passwords as few as in life: each test begins with none
    with _transaction(site) as connection:
        yield connection


_lasting: list[Connection] = []  # of the module whose tests share what they begin with


@pytest.fixture(scope="module")
def lasting(app: Site) -> Iterator[None]:
    """Let what is made from here on be there for each test of the module, which undoes only what it does itself.

    Cookies and what Redis keeps are no part of it: each test signs in anew, and finds Redis empty.
    """
    with _transaction(app) as connection:
        _lasting.append(connection)
        yield
        _lasting.clear()


@contextmanager
def _transaction(site: Site) -> Iterator[Connection]:
    """Let all units of work go into one transaction, or into a part of the module's, and undo it in the end."""
    with nullcontext(_lasting[0]) if _lasting else db.writing().connect() as connection:
        begun = connection.begin_nested() if _lasting else connection.begin()
        site.session_factory = jobs.session_factory[0] = make.factory[0] = _sessions(connection)
        yield connection
        begun.rollback()


class Reading(Session):
    """The session of a unit that only reads: in life its connection commits by itself, so it needs no savepoint."""

    def rollback(self) -> None:
        """Let go of what was read; the transaction is the test's."""
        self.close()


def _sessions(connection: Connection):
    def factory(*, bind: Engine, **options: object) -> Session:
        if "isolation_level" in bind.get_execution_options():  # a unit that writes
            return Session(bind=connection, join_transaction_mode="create_savepoint", **options)
        return Reading(bind=connection, join_transaction_mode="rollback_only", **options)

    return factory


@pytest.fixture
def undone(app: Site, _rolled_back: Connection) -> Callable[[], AbstractContextManager[None]]:
    """Return a function whose context undoes what is done in it, for tests that try many things with one world."""

    @contextmanager
    def once() -> Iterator[None]:
        nested = _rolled_back.begin_nested()
        yield
        nested.rollback()
        cache.client().flushdb()

    return once


@pytest.fixture
def visitor(app: Site) -> Browser:
    """Somebody without an account."""
    return app.test_client()


@pytest.fixture(scope="session")
def sign_in(app: Site):
    """Return a function that gives a browser in which a person is signed in."""

    def open_browser(user: make.Person) -> Browser:
        browser = app.test_client()
        browser.carry(make.session(user))
        return browser

    return open_browser


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that makes a data folder for a whole site, its tables in it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return lambda name: prepared.folder(tmp_path_factory.mktemp(name), shared)


@pytest.fixture(scope="session")
def site(data_folder: Callable[[str], Path]) -> Iterator[LiveSite]:
    """A whole site as `bin/run` starts it. Its push services may lie on this machine."""
    started = LiveSite(data_folder("site"), PUSH_LOCAL="true").start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def people(site: LiveSite) -> dict[str, Script]:
    """Ana and Ben, who exist for all tests that use a whole site."""
    return {name: site.person(name, name.title()) for name in ("ana", "ben")}


@pytest.fixture(scope="session")
def admin(site: LiveSite) -> Script:
    """Ada, who runs the whole site that browsers look at."""
    return site.staff("ada_runs_it", "admin")


@pytest.fixture
def letters(app: Site, tmp_path: Path) -> Iterator[Letters]:
    """What is mailed during a test."""
    with box(tmp_path / "letters") as found:
        yield found


@pytest.fixture
def committed(app: Site) -> Iterator[None]:
    """Let everything be committed as in life; in the end all tables are emptied."""
    kept = app.session_factory
    app.session_factory = jobs.session_factory[0] = make.factory[0] = None
    yield
    app.session_factory = jobs.session_factory[0] = make.factory[0] = kept
    owner = create_engine(app.config["SETTINGS"].migration_database_url)
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))  # what else refuses
        emptied = "users, outbox, tags, retired_names, clock_jobs, clock_runs, storage_findings, audit_entries"
        connection.execute(text(f"TRUNCATE {emptied} CASCADE"))
        connection.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER ALL"))
    owner.dispose()


@pytest.fixture
def no_redis(app):
    """Point the app at a Redis that is not there."""
    kept = cache._cache[0]
    cache.connect("unix:///nowhere/redis.sock", 0.1)
    yield
    cache._cache[:] = [kept]
