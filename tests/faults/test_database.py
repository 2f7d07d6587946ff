"""PostgreSQL is away, hung, restarted or full: everybody is told to come back, nothing acknowledged is lost."""

import signal

import pytest


@pytest.mark.parametrize(("words", "how"), [("fast", signal.SIGINT), ("immediate", signal.SIGQUIT)])
def test_a_restarted_database_costs_nothing_but_seconds(breakable, load, measured, words, how):
    with load.fault(f"PostgreSQL restarted ({words})") as fault:
        breakable.restart("postgres", how)
    measured(load.recovered(fault))
    load.check()


def test_a_database_that_refuses_is_told_at_once(breakable, load, measured):
    with load.fault("PostgreSQL refuses connections") as fault:
        breakable.database.refuse()
        fault.wait_for(40, refused=True)
        breakable.database.heal()
    outcome = load.recovered(fault)
    measured(outcome)
    load.check()
    assert outcome.slowest < 5
