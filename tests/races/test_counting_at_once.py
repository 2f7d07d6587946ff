"""Counting anew while everybody writes: nobody's like is lost, nor counted twice."""

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select, text, update

from tests import make
from tests.waiting import until
from webapp.account import counters
from webapp.core import db
from webapp.graph import actions as graph
from webapp.models import Like, Post
from webapp.posts import reactions


def numbers() -> tuple[int, int]:
    """Return what counters say and how many rows there are, of likes."""
    with make.unit():
        said = db.scalar(select(func.sum(Post.like_count)))
        return said, db.scalar(select(func.count()).select_from(Like))


def spoil() -> None:
    with make.unit():
        db.execute(update(Post).values(like_count=Post.like_count + 5))


def waits_for_a_lock() -> bool:
    with db.writing().connect() as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return connection.scalar(text(asked)) > 0


def whole_round(**options) -> dict:
    at, found = counters.Round(), counters.Counter()
    while True:
        with make.unit():
            found += counters.step(at, **options)
        if not at.part:
            return dict(found)


def test_a_like_that_is_not_committed_yet_is_waited_for(committed):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana)
    spoil()
    with ThreadPoolExecutor(1) as pool:
        with make.unit():
            reactions.like(ben.viewer, post_id)
            counting = pool.submit(whole_round)
            until(waits_for_a_lock)
        assert counting.result()["posts.like_count"] == 1
    assert numbers() == (1, 1)


def test_a_like_waits_for_who_counts(committed):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana)

    def like() -> None:
        make.like(ben, post_id)

    with ThreadPoolExecutor(1) as pool:
        with make.unit():
            counters.step(counters.Round())
            liking = pool.submit(like)
            until(waits_for_a_lock)
        liking.result()
    assert numbers() == (1, 1)


def test_counting_and_writing_at_once_from_many_sides_ends_right(committed):
    people = [make.user(f"writer{number}") for number in range(3)]
    post_ids = [make.post(people[0], f"number {number}") for number in range(2)]
    over = threading.Event()

    def write(person: make.Person) -> None:
        for turn in range(4):
            for post_id in post_ids:
                with make.unit():
                    (reactions.unlike if turn % 2 else reactions.like)(person.viewer, post_id)
            for other in people:
                if other is not person:
                    with make.unit():
                        (graph.unfollow if turn % 2 else graph.follow)(person.viewer, other.username)
        make.like(person, post_ids[0])

    def count() -> None:
        while not over.is_set():
            whole_round()

    with ThreadPoolExecutor(len(people) + 1) as pool:
        counting = pool.submit(count)
        try:
            for one in [pool.submit(write, person) for person in people]:
                one.result()
        finally:
            over.set()
        counting.result()
    assert whole_round(repair=False) == {}
    assert numbers() == (3, 3)
