"""What all faults share: one site to break, its people, and a table of what was measured.

`bin/test --faults` runs all of them (FAULTS=all); the plain run leaves out those marked `thorough`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.load import Load, Outcome, people_of
from tests.faults.site import Breakable
from tests.whole import Script

_HEAD = "| Fault | Requests | Done | Refused (503) | Broken | Slowest answer | Well again after | |"


@pytest.fixture(scope="session")
def breakable(data_folder: Callable[[str], Path]) -> Iterator[Breakable]:
    """A whole site whose parts can be broken. Whoever breaks one mends it."""
    site = Breakable(data_folder("breakable"))
    try:
        yield site.start()
    finally:
        site.stop()


@pytest.fixture(scope="session")
def crowd(breakable: Breakable) -> list[Script]:
    """The people of the load."""
    return people_of(breakable)


@pytest.fixture
def load(breakable: Breakable, crowd: list[Script]) -> Iterator[Load]:
    """A light mixed load, from before the test to its end."""
    with Load(breakable, crowd) as running:
        yield running


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that puts what was measured, with a remark, into the table of docs/reliability.md."""

    def note(outcome: Outcome, remark: str = "") -> None:
        row = (
            f"| {outcome.name} | {outcome.requests} | {outcome.fine} | {outcome.refused} | {outcome.broken} "
            f"| {outcome.slowest:.1f} s | {outcome.recovery:.1f} s | {remark} |"
        )
        request.node.user_properties.append(("fault", row))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table anew."""
    reports = [report for report in terminalreporter.getreports("passed") if report.when == "call"]
    rows = [row for report in reports for name, row in report.user_properties if name == "fault"]
    if rows:
        terminalreporter.write_line("\n".join(["", _HEAD, "|---|" + "---:|" * 6 + "---|", *rows, ""]))
