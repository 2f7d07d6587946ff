"""The site's time is the database's."""

import time
from datetime import UTC, datetime

import pytest

from webapp.core import clock


@pytest.fixture(autouse=True)
def _right_again():
    yield
    clock.follow(0.0)


def ahead() -> float:
    return (clock.now() - datetime.now(UTC)).total_seconds()


def test_a_clock_that_is_wrong_by_minutes_follows_the_database():
    assert clock.follow(1200.0)
    assert abs(ahead() - 1200) < 1
    assert not clock.follow(1201.0), "said once"


def test_the_way_there_and_back_is_no_difference():
    assert not clock.follow(0.4)
    assert abs(ahead()) < 0.1


def test_a_clock_that_is_put_right_counts_again():
    clock.follow(-1200.0)
    assert clock.follow(0.1)
    assert abs(clock.now().timestamp() - time.time()) < 1
