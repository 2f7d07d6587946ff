"""What is left alone after failures, and who tries it again."""

import threading
import time

from webapp.core.breaker import Breaker


def test_it_opens_after_so_many_failures_in_a_row_and_not_before():
    told = []
    breaker = Breaker(failures=2, pause=60, tell=told.append)
    breaker.failed()
    breaker.worked()
    breaker.failed()
    assert breaker.enter()
    assert not breaker.broken
    breaker.failed()
    assert not breaker.enter()
    assert breaker.open
    assert told == [False, False, False, True]


def test_after_the_pause_one_asks_for_all():
    breaker = Breaker(failures=1, pause=0.2)
    breaker.failed()
    while breaker.open:
        time.sleep(0.01)
    let_in = []
    callers = [threading.Thread(target=lambda: let_in.append(breaker.enter())) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert let_in.count(True) == 1
    assert breaker.broken, "until that one has an answer"
    breaker.worked()
    assert breaker.enter()
    assert not breaker.broken
