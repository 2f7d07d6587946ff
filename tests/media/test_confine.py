"""A program that works on strangers' files: what it may do, and what becomes of it when it does more."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.waiting import until
from webapp.media import confine, sandbox
from webapp.media.confine import Limits

ENOUGH = Limits(seconds=20, megabytes=512, files=64, processes=None, file_bytes=1_000_000)


PYTHON = "/usr/bin/python3"  # ours may lie where nobody but root gets to
if not os.access(PYTHON, os.X_OK):
    PYTHON = sys.executable


def python(code, limits=ENOUGH, *, at=None, **more):
    with confine.folder() as made:
        return confine.run([PYTHON, "-I", "-S", "-c", code], limits, at=at or made, **more)


def test_it_reads_and_writes_in_its_folder_and_says_what_came_of_it():
    with confine.folder() as at:
        (at / "in").write_bytes(b"abc")
        said = python("open('out', 'wb').write(open('in', 'rb').read()[::-1]); print('fine')", at=at)
        assert said == b"fine\n"
        assert (at / "out").read_bytes() == b"cba"
    assert not at.exists()


def test_it_gets_nothing_of_our_environment_and_is_never_root(monkeypatch):
    monkeypatch.setenv("S3_SECRET_KEY", "hunter2")
    said = python("import os; print(os.environ.get('S3_SECRET_KEY'), os.getuid())").split()
    assert said == [b"None", b"65534" if os.geteuid() == 0 else str(os.getuid()).encode()]


@pytest.mark.parametrize(
    ("code", "limits", "why"),
    [
        ("import time; time.sleep(60)", Limits(0.5, 512, processes=None, files=64), "time"),
        ("bytearray(900_000_000)", ENOUGH, "exit"),
        ("open('big', 'wb').write(bytes(2_000_000))", ENOUGH, "exit"),
        ("open('/etc/hostname')", Limits(20, 512, processes=None, files=3), "exit"),
        ("import os; os.abort()", ENOUGH, "exit"),
        ("raise SystemExit(3)", ENOUGH, "exit 3"),
    ],
    ids=["sleeps", "memory", "a large file", "files", "crashes", "fails"],
)
def test_what_wants_more_is_refused_it(code, limits, why):
    with pytest.raises(confine.Exceeded, match=why):
        python(code, limits)


def test_what_says_too_much_is_stopped():
    with pytest.raises(confine.Exceeded, match="output"):
        python("while True: print('x' * 10_000)", most=50_000)


def test_its_children_end_with_it():
    code = (
        "import os, time\n"
        "child = os.fork()\n"
        "if not child: time.sleep(60)\n"
        "open('child', 'w').write(str(child))\n"
        "time.sleep(60)"
    )
    with confine.folder() as at:
        with pytest.raises(confine.Exceeded, match="time"):
            python(code, Limits(2.0, 512, processes=None, files=64, file_bytes=100), at=at)
        child = (at / "child").read_text()
    ended = Path(f"/proc/{child}/stat")
    until(lambda: not ended.exists() or ended.read_text().split()[2] == "Z")


def test_one_that_somebody_kills_is_not_to_blame():
    with pytest.raises(confine.Killed):
        python(f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})")


def test_a_decoder_that_somebody_kills_is_not_blamed_on_the_photo(monkeypatch):
    monkeypatch.setattr(sandbox, "_attempt", lambda _data: time.sleep(60))
    before = set(_children())

    def kill():
        while not (found := set(_children()) - before):
            time.sleep(0.005)
        os.kill(found.pop(), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(confine.Killed):
        sandbox.process(b"a photo")
    killer.join()


def _children():
    for path in Path("/proc/self/task").glob("*/children"):
        yield from map(int, path.read_text().split())
