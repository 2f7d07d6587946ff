"""PostgreSQL is away, hung, restarted or full: everybody is told to come back, nothing acknowledged is lost."""

import contextlib
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.faults.load import Load, people_of
from tests.faults.site import Breakable

CLIENTS = 20


def published(seconds: float) -> str:
    return f"last photo published {seconds:.0f} s later"


@pytest.mark.parametrize(("words", "how"), [("fast", signal.SIGINT), ("immediate", signal.SIGQUIT)])
def test_a_restarted_database_costs_nothing_but_seconds(breakable, load, measured, words, how):
    with load.fault(f"PostgreSQL restarted ({words})") as fault:
        breakable.restart("postgres", how)
    outcome = load.recovered(fault)
    measured(outcome, published(load.check()))


@pytest.mark.thorough
def test_a_database_that_refuses_is_told_at_once(breakable, load, measured):
    with load.fault("PostgreSQL refuses connections") as fault:
        breakable.database.refuse()
        fault.wait_for(40, refused=True)
        breakable.database.heal()
    outcome = load.recovered(fault)
    measured(outcome, published(load.check()))
    assert outcome.slowest < 5


class Pulse:
    """Asks for /healthz all the time: the process is to live, whatever its parts do."""

    def __init__(self, site: Breakable):
        self.site = site
        self.slowest, self.beats, self.failed = 0.0, 0, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stop.wait(0.1):
            began = time.monotonic()
            self.failed += not self.site.healthy()
            self.beats += 1
            self.slowest = max(self.slowest, time.monotonic() - began)


def clients(site: Breakable, person) -> list[tuple[int, bool, float]]:
    """Let many ask at the same moment; returns status, whether told when to come back, and seconds, of each."""

    def ask(number: int) -> tuple[int, bool, float]:
        began = time.monotonic()
        if number % 2:
            answer = requests.get(f"{site.url}/", cookies={"tintype_session": person.cookie}, timeout=30)
        else:
            answer = person.call("GET", "/feed")
        return answer.status_code, "Retry-After" in answer.headers, time.monotonic() - began

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(ask, range(CLIENTS)))


@contextlib.contextmanager
def behind_the_proxy(site: Breakable):
    """Let no byte to or from PostgreSQL through."""
    site.database.hang()
    yield
    site.database.heal()


def hold_a_hung_database(site: Breakable, load: Load, how, name: str):
    """Hang PostgreSQL while many wait: all are answered soon, the process lives, and it comes back by itself."""
    with load.fault(name) as fault, Pulse(site) as pulse, how:
        answers = clients(site, load.people[0])
        fault.wait_for(30, refused=True)
    outcome = load.recovered(fault)
    later = load.check()
    assert {(status, told) for status, told, _ in answers} == {(503, True)}
    slowest = max(seconds for _, _, seconds in answers)
    assert slowest <= 5, answers
    assert outcome.slowest <= 5, outcome
    assert pulse.failed == 0
    assert pulse.beats > 5
    waited = f"{CLIENTS} clients answered within {slowest:.1f} s, /healthz within {pulse.slowest:.1f} s"
    return outcome, f"{waited}; {published(later)}"


def test_a_frozen_database_keeps_nobody_waiting(breakable, load, measured):
    measured(*hold_a_hung_database(breakable, load, breakable.frozen("postgres"), "PostgreSQL frozen, over TCP"))


@pytest.mark.thorough
def test_a_database_behind_a_silent_network_keeps_nobody_waiting(breakable, load, measured):
    measured(*hold_a_hung_database(breakable, load, behind_the_proxy(breakable), "PostgreSQL hangs (network)"))


@pytest.mark.thorough
def test_a_frozen_database_keeps_nobody_waiting_at_a_socket(tmp_path, measured):
    site = Breakable(tmp_path, over_socket=True)
    try:
        site.start()
        with Load(site, people_of(site)) as load:
            name = "PostgreSQL frozen, over a unix socket"
            measured(*hold_a_hung_database(site, load, site.frozen("postgres"), name))
    finally:
        site.stop()
