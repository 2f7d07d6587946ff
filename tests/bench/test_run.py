"""A whole run, over little data and in a hurry: every part of it works, and stands in the report."""

import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench import goals, growth, load, measure
from bench.measure import Cell
from bench.run import PARTS, Asked, Run
from embedded import paths

HURRY = ("--scale", "0.01", "--seconds", "0.05", "--clients", "2")
HEADINGS = (
    "Machine and method", "Goals, at 2 clients", "Operations", "Open pages", "The way of a photo", "Start",
    "Growth, at 2 clients", "Statements", "Once more",
)  # fmt: skip
OPERATIONS = (
    "feed, mixed viewers", "feed, 10 followings", "feed of private accounts alone", "feed, its part for htmx",
    "older posts (htmx, page two)", "feed as JSON", "for you", "explore", "profile", "post with comments",
    "people as one types (htmx)", "posts with a word", "everybody with stories", "rings of stories (JSON)",
    "conversation", "notifications", "like, unlike (each counts)", "follow, unfollow (each counts)", "comment (htmx)",
    "create a post (JSON)", "send a message (htmx)", "begin an upload (JSON)",
)  # fmt: skip


def bench(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run bin/bench, without its set-up of the environment that we stand in already."""
    command = [sys.executable, "-P", "-m", "bench", *map(str, arguments)]
    return subprocess.run(command, cwd=paths.PROJECT, capture_output=True, text=True, check=False, timeout=600)


def cell(
    key: str, *, app: float, clients: int = 16, p95: float = 1.0, db: float = 0.0, floor: Cell | None = None
) -> Cell:  # fmt: skip
    """Make up a cell."""
    return Cell(key, key, clients, 100, 1.0, p95, 1.0, app, db, 0.0, 0.1, 0.0, 2.0, 1000, 500, 200, floor)


class Slow(BaseHTTPRequestHandler):
    """Answers after a moment, and counts."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        time.sleep(0.02)
        with self.server.lock:
            self.server.answered += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_what: object) -> None:
        """Say nothing."""


@pytest.fixture
def counting():
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        server.answered, server.lock = 0, threading.Lock()
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server
        server.shutdown()


@pytest.fixture
def asked():
    return Asked(tuple(PARTS), "gevent", (), (1, 16), 6)


def operations(report: str) -> None:
    """Hold all operations against a report."""
    lines = report.splitlines()
    for title in OPERATIONS:
        assert any(line.startswith(f"| {title} | 2 |") for line in lines), title
    held = [line for line in lines if line.endswith(("| met |", "| missed |"))]
    for what, key, _ in goals.RATIOS:
        # Nobody among so few follows a hundred.
        assert any(line.startswith(f"| {what} | × floor |") for line in held) == (key != "feed-100"), what


def test_every_operation_is_measured_and_written_down(tmp_path):
    out = tmp_path / "report.md"

    done = bench(*HURRY, "--parts", "operations", "--data", tmp_path / "data", "--out", out)

    assert done.returncode == 0, done.stdout + done.stderr
    operations(out.read_text())


@pytest.mark.thorough
def test_a_whole_run_measures_every_part_and_writes_it_down(tmp_path):
    out = tmp_path / "report.md"

    done = bench(*HURRY, "--data", tmp_path / "data", "--out", out)

    assert done.returncode == 0, done.stdout + done.stderr
    report = out.read_text()
    lines = report.splitlines()
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == list(HEADINGS)
    operations(report)
    for what in ("followings", "followers", "posts", "comments", "messages"):
        assert any(f"| {what} | " in line for line in lines), what
    for what in ("12 megapixels into all variants", "the decoder's peak of memory"):
        assert any(line.startswith(f"| {what} |") for line in lines), what
    assert "behind 3 others" in report
    assert "| statement | share of time | ms | read from end to end | indexes |" in lines
    for what in ("the second `bin/run` to its first page", "`import wsgi`", "memory of the whole stack"):
        assert any(line.startswith(f"| {what} |") for line in lines), what


def test_help_tells_a_stranger_what_one_command_does():
    said = bench("--help").stdout

    assert "One command does everything" in said
    assert all(f"  {part} " in said for part in PARTS)


def test_what_is_not_known_is_named(tmp_path):
    done = bench("--parts", "growth,speed", "--data", tmp_path)

    assert done.returncode == 1
    assert "Not known: speed" in done.stderr
    assert not list(tmp_path.iterdir())


def test_goals_are_ratios_to_the_floor_beside_each_cell_at_the_busy_number_of_clients(asked):
    run, slow = Run(None, asked), cell("floor-page", app=3.0, db=1.0)
    run.cells = [
        cell("feed-100", app=2.2, p95=41.0, floor=cell("floor-page", app=1.5, db=0.5)),
        cell("feed-100", app=99.0, clients=1, floor=slow), cell("like", app=2.6, floor=slow),
        cell("profile", app=0.1, floor=cell("floor-page", app=0.0)),
    ]  # fmt: skip

    found = {(goal.what, goal.unit): (round(goal.found, 2), goal.verdict) for goal in goals.reached(run)}

    assert found == {
        ("feed page", "× floor"): (1.1, "met"),
        ("feed page, in the end", "× floor"): (1.1, "missed"),
        ("feed page, p95", "ms"): (41.0, "missed"),
        ("like", "× floor"): (0.65, "met"),
    }


def test_growth_compares_with_the_size_before_of_the_same_operation_however_fast_the_machine_was():
    quick, slow = cell("floor-page", app=1.0, db=1.0), cell("floor-page", app=2.0, db=9.0)
    steps = [
        growth.Step("post", "comments", 10, cell("read", app=2.0, floor=quick)),
        growth.Step("post", "comments", 1000, cell("read", app=6.0, floor=slow)),
        growth.Step("comment", "comments", 10, cell("write", app=5.0, floor=slow)),
    ]

    assert [times for _, times in growth.jumps(steps)] == [None, 1.5, None]
    assert [one.full.cpu for one in growth.beside([cell("read", app=1.0)], [cell("read", app=2.0)])] == [2.0]
    assert growth.jumps([]) == []


def test_each_slice_lies_between_two_of_the_floor_and_together_they_are_as_long_as_was_asked():
    for seconds in (0.05, 1, 5, 8):
        owners = [number for number, _, counts in measure.turns(seconds) if counts]
        lengths = [slice_ for number, slice_, counts in measure.turns(seconds) if counts and number]

        assert owners == [0, *[1, 0] * (len(owners) // 2)]
        assert sum(lengths) == pytest.approx(seconds)
        assert max(lengths) <= measure.SLICE


def test_what_a_slice_sends_is_answered_within_it_and_the_warm_up_does_not_count(counting):
    party = load.Party(load.Task(counting.server_address, [[b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"]] * 3))

    party.slice(0.1, counts=False)
    warm = counting.answered
    assert warm > 0
    assert not party.outcome.latencies

    for _ in range(2):
        party.slice(0.1, counts=True)
        assert len(party.outcome.latencies) == counting.answered - warm
    assert party.outcome.seconds >= 0.2
    assert not party.outcome.errors
