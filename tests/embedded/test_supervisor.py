"""Children: started again when they die, and never left behind."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from embedded import paths
from embedded.__main__ import Run, check_port, options
from embedded.process import EmbeddedError, Process
from embedded.supervisor import Supervisor
from tests.waiting import until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("run", "logs"):
        (tmp_path / name).mkdir()
    return tmp_path


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_child_that_dies_is_started_again_and_its_death_is_told(data: Path, capsys) -> None:
    process = Process("worker", SLEEPER, data)
    process.start()
    supervisor = Supervisor()
    supervisor.adopt(process)
    supervisor.watched[0].delay = 0.01
    first = process.child.pid
    os.kill(first, signal.SIGKILL)

    def again() -> bool:
        supervisor.look()
        return process.running and process.child.pid != first

    until(again)
    assert "worker stopped" in capsys.readouterr().out
    supervisor.stop([process])
    assert supervisor.watched == []
    assert not process.running


def test_a_child_that_cannot_start_shows_the_end_of_its_log(data: Path) -> None:
    process = Process("web", [sys.executable, "-c", "exit('no module named x')"], data, ready=lambda: False)
    with pytest.raises(EmbeddedError, match="no module named x"):
        process.start()
    process.stop()


def test_a_child_that_does_not_listen_is_killed_with_its_children(data: Path) -> None:
    stubborn = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "grandchild = os.fork()\n"
        # One of the two alone writes: their places in the log they share may race.
        "grandchild and print(grandchild, flush=True)\n"
        "time.sleep(60)"
    )
    process = Process("worker", [sys.executable, "-c", stubborn], data, patience=0.1)
    process.ready = lambda: process.log.read_text().endswith("\n")
    process.start()
    grandchild = int(process.log.read_text())
    assert alive(grandchild)
    process.stop()
    until(lambda: not alive(grandchild))


def test_nothing_is_left_behind_when_the_supervisor_is_killed(data: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from embedded.process import Process\n"
        f"Process('worker', {SLEEPER!r}, Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(data)]
    with subprocess.Popen(command, cwd=paths.PROJECT, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout.readline() == "up\n"
        child = int((data / "run" / "worker.pid").read_text().split()[0])
        assert alive(child)
        supervisor.kill()
    until(lambda: not alive(child))


def test_what_a_killed_run_left_is_ended_by_the_next(data: Path) -> None:
    first = Process("worker", SLEEPER, data)
    first.start()
    left = first.child
    second = Process("worker", SLEEPER, data)
    # It is our own child here, so somebody must collect it while the second waits for its end.
    second.ready = lambda: left.poll() is not None
    second.start()
    assert left.returncode == -signal.SIGTERM
    second.stop()


def test_a_taken_port_is_told_with_the_next_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EmbeddedError, match=rf"Port {port} .* --port \d+"):
            check_port("127.0.0.1", port)


@pytest.mark.parametrize("words", [["--port", "0"], ["--port", "99999"], ["--port", "x"], ["--workers", "0"]])
def test_a_number_that_nothing_could_run_with_is_refused_at_once(words: list[str], monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["bin/run", "--workers", "1"])
    assert options().workers == 1
    monkeypatch.setattr(sys, "argv", ["bin/run", *words])
    with pytest.raises(SystemExit):
        options()
    assert "is no number from 1 to" in capsys.readouterr().err


def test_commands_find_the_site_that_runs(data: Path, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["bin/run", "--data", str(data)])
    run = Run(options())
    run.env = os.environ | {"SITE_NAME": "Ana's photos; and Ben's"}
    run._write_command()
    assert (data / "flask").stat().st_mode & 0o777 == 0o700, "secrets stand in it"
    shown = subprocess.run([data / "flask", "--version"], cwd=data, capture_output=True, text=True, check=True).stdout
    assert "Flask" in shown
    (data / "flask").write_text((data / "flask").read_text().replace("exec ", 'echo "$SITE_NAME"; exec '))
    shown = subprocess.run([data / "flask", "--version"], cwd=data, capture_output=True, text=True, check=True).stdout
    assert shown.startswith("Ana's photos; and Ben's\n")
