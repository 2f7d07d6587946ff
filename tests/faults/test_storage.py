"""Storage is away, hangs, fails or is slow: pages go on, a new upload is told when to come back, what waits is done."""

import time
from functools import partial

import pytest

from tests.faults import background
from tests.faults.load import STORE, Load
from tests.whole import stopped

_PAGES = ("feed", "feed page", "profile", "profile page", "post", "post page", "comment", "like", "follow", "message")


def _pages_go_on(load, fault):
    """What needs no storage is answered as ever; what does is refused with Retry-After, soon."""
    during = [s for s in load.samples if fault.began <= s.began <= fault.healed and s.kind != STORE]
    assert not [s for s in during if s.kind in _PAGES and not s.fine]
    assert not [s for s in during if not s.fine and not s.polite]
    assert max(s.seconds for s in during) < 8, max(during, key=lambda s: s.seconds)


def _measure(site, load, measured, fault):
    since = background.now(site)
    again = background.works_again(site, since, within=10)
    outcome = load.recovered(fault)
    lost = f"; {outcome.lost_uploads} browsers' own uploads broke" if outcome.lost_uploads else ""
    measured(outcome, f"photos after {again:.1f} s{lost}")
    _pages_go_on(load, fault)


def test_uploads_are_told_to_come_back_and_pages_go_on(breakable, load, measured):
    with load.fault("S3 refused") as fault:
        breakable.store.refuse()
        fault.wait_for(60)
        fault.wait_for(3, kind="upload", refused=True)
        breakable.store.heal()
    _measure(breakable, load, measured, fault)
    load.check()


@pytest.mark.thorough
def test_a_storage_that_hangs_fails_or_is_slow_holds_no_page_up(breakable, load, measured):
    slow = partial(breakable.store.slow, 1.0)
    for name, harm, requests in (
        ("hung", breakable.store.hang, 60), ("answers 500", breakable.store.fail, 60),
        ("a second slower per packet", slow, 120),
    ):  # fmt: skip
        with load.fault(f"S3 {name}") as fault:
            harm()
            fault.wait_for(requests)
            breakable.store.heal()
        _measure(breakable, load, measured, fault)
    load.check()


@pytest.mark.thorough
def test_photos_that_wait_for_storage_are_done_when_it_is_back(breakable, crowd, measured):
    background.end_jobs(breakable)
    worker = breakable.apps["worker"].child.pid
    with stopped(worker):
        waiting = [background.share(person) for person in crowd]
        breakable.store.refuse()
    with Load(breakable, crowd, without=("upload",)) as load:
        with load.fault("S3 away for 40 s with jobs queued") as fault:
            fault.wait_for(60)
            time.sleep(max(0.0, fault.began + 40 - time.monotonic()))  # the issue's own figure
            breakable.store.heal()
        again = background.works_again(breakable, background.now(breakable), within=10)
        took = again + background.published(breakable, *waiting, within=30)
        measured(load.recovered(fault), f"photos after {again:.1f} s, all that waited after {took:.1f} s")
        _pages_go_on(load, fault)
        load.check()
