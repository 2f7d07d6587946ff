"""A whole run, over little data and in a hurry: every part of it works, and stands in the report."""

import subprocess
import sys

import pytest

from bench import goals, growth
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


def cell(key: str, *, app: float, clients: int = 16, p95: float = 1.0) -> Cell:
    """Make up a cell."""
    return Cell(
        "gevent", key, key, clients, 100, 1.0, p95, 1.0, app, 0.0, 0.0, 0.1, 0.0, 2.0, 1000, 500, 200
    )  # fmt: skip


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


def test_help_tells_a_stranger_what_one_command_does():
    said = bench("--help").stdout

    assert "One command does everything" in said
    assert all(f"  {part} " in said for part in PARTS)


def test_what_is_not_known_is_named(tmp_path):
    done = bench("--parts", "growth,speed", "--data", tmp_path)

    assert done.returncode == 1
    assert "Not known: speed" in done.stderr
    assert not list(tmp_path.iterdir())


def test_goals_are_ratios_to_the_floor_at_the_same_number_of_clients(asked):
    run = Run(None, asked)
    run.cells = [
        cell("floor-page", app=4.0, clients=1), cell("floor-page", app=2.0), cell("feed-100", app=2.2, p95=41.0),
        cell("feed-100", app=99.0, clients=1), cell("like", app=1.3),
    ]  # fmt: skip

    found = {(goal.what, goal.unit): (round(goal.found, 2), goal.verdict) for goal in goals.reached(run)}

    assert found == {
        ("feed page", "× floor"): (1.1, "met"),
        ("feed page, in the end", "× floor"): (1.1, "missed"),
        ("feed page, p95", "ms"): (41.0, "missed"),
        ("like", "× floor"): (0.65, "met"),
    }


def test_growth_compares_a_size_with_the_one_before_of_the_same_operation():
    steps = [
        growth.Step("post", "comments", 10, cell("read", app=2.0)),
        growth.Step("post", "comments", 1000, cell("read", app=3.0)),
        growth.Step("comment", "comments", 10, cell("write", app=5.0)),
    ]

    assert [times for _, times in growth.jumps(steps)] == [None, 1.5, None]
    assert [one.full.cpu for one in growth.beside([cell("read", app=1.0)], [cell("read", app=2.0)])] == [2.0]
    assert growth.jumps([]) == []
