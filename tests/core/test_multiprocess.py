"""Processes that add up their figures in one folder, and leave it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.house.source import ROOT

# The file alone, by its place: the whole application takes a second or two to load, and this needs none of it.
LOAD = """
import importlib.util, os, sys
spec = importlib.util.spec_from_file_location("multiprocess", "webapp/core/multiprocess.py")
multiprocess = importlib.util.module_from_spec(spec)
spec.loader.exec_module(multiprocess)
multiprocess.begin()
"""
COUNT = (
    LOAD
    + """
from prometheus_client import Counter, Gauge, Histogram
requests, seconds = Counter("requests_total", "", ["route"]), Histogram("seconds", "", ["route"])
def answered():
    requests.labels("/").inc()
    seconds.labels("/").observe(0.01)
answered()
Gauge("open", "", multiprocess_mode="livesum").inc()
if sys.argv[1] == "fork" and os.fork() == 0:
    answered()
    os._exit(0)
if sys.argv[1] == "die":
    os.kill(os.getpid(), 9)
print("counted", flush=True)
if sys.argv[1] == "stay":
    sys.stdin.read()
"""
)
LOOK = LOAD + "print(multiprocess.render().decode())"


def run(folder: Path, *arguments: str, **options):
    """Start a process that counts in this folder."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    return subprocess.Popen([sys.executable, "-c", *arguments], env=env, cwd=ROOT, text=True, **options)


def figures(folder: Path) -> dict[str, float]:
    """Ask a process for the figures of all."""
    text = run(folder, LOOK, stdout=subprocess.PIPE).communicate(timeout=60)[0]
    return {row.rpartition(" ")[0]: float(row.rpartition(" ")[2]) for row in text.splitlines() if row and row[0] != "#"}


def asked(found: dict[str, float]) -> float:
    return found['requests_total{route="/"}']


def test_processes_come_and_go_and_no_figure_is_lost(tmp_path):
    folder = tmp_path / "metrics"  # it is made
    with run(folder, COUNT, "stay", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as here:
        assert here.stdout.readline() == "counted\n"
        for how, code in (("leave", 0), ("fork", 0), ("die", -signal.SIGKILL)):
            assert run(folder, COUNT, how, stdout=subprocess.DEVNULL).wait(60) == code
        found = figures(folder)
        assert asked(found) == 5
        assert found['seconds_count{route="/"}'] == 5
        assert found["open"] == 1, "of the living alone"
        here.communicate("")
    assert [path.name for path in folder.glob("counter_*.db")].count("counter_gone.db") == 1
    found = figures(folder)
    assert asked(found) == 5
    assert found.get("open", 0) == 0
    assert len(list(folder.iterdir())) <= 7, "those who are gone, the lock, and of the last who looked"


def test_a_file_that_was_not_finished_spoils_nothing(tmp_path):
    run(tmp_path, COUNT, "leave", stdout=subprocess.DEVNULL).wait(60)
    (tmp_path / "counter_0123.db").write_bytes(b"")
    (tmp_path / "histogram_0123.db").write_bytes(b"\xff" * 100)
    (tmp_path / "counter_4567.db").write_bytes(b"\x00\x10\x00\x00" + b"\x7f" * 5000)
    assert asked(figures(tmp_path)) == 1
    assert not list(tmp_path.glob("*_0123.db"))
