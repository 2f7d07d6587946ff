"""Whatever a photo does to its decoder, it does it in a child that can reach nothing, and the parent goes on."""

import ctypes
import json
import mmap
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.media import corpus
from tests.waiting import PATIENCE
from webapp.media import processing, sandbox
from webapp.media.formats import BOUNDS, ENCODINGS, MAX_PIXELS, Rejected
from webapp.media.placeholder import PALETTE

ROOT = Path(__file__).parents[2]
BODIES = {"webp": b"RIFF\x04\0\0\0WEBP", "jpg": b"\xff\xd8\xff\xd9"[:3] + b"\xff\xd9"}


@pytest.fixture
def photo():
    return corpus.save(corpus.scene(), "PNG")


@pytest.fixture
def decoder(monkeypatch, photo):
    """Put a hostile deed in the decoder's place; what it returns is ignored and a good photo processed."""
    honest = processing.variants

    def install(deed):
        def hostile(data):
            deed()
            return honest(photo)

        monkeypatch.setattr(processing, "variants", hostile)

    return install


def refusal_of(data=b"x", **limits):
    with pytest.raises(Rejected) as refusal:
        sandbox.process(data, **limits)
    return refusal.value.code


@pytest.mark.parametrize("case", [*corpus.REFUSED, *corpus.ACCEPTED], ids=lambda case: case.name)
def test_every_file_gets_the_same_verdict_inside(case):
    data = case.make()
    if isinstance(case.verdict, str):
        assert refusal_of(data) == case.verdict
    else:
        made = sandbox.process(data)
        assert (made.width, made.height) == case.verdict


def test_what_comes_out_is_what_was_made(photo):
    assert sandbox.process(photo) == processing.variants(photo)


def test_a_decoder_that_hangs_is_ended(decoder):
    decoder(lambda: time.sleep(2 * PATIENCE))
    started = time.monotonic()
    assert refusal_of(seconds=0.3) == "too_costly"
    assert time.monotonic() - started < PATIENCE


def test_a_decoder_that_wants_all_memory_is_refused_it(decoder):
    decoder(lambda: bytearray(200_000_000))
    assert refusal_of(megabytes=100) == "too_costly"


def test_a_decoder_that_crashes_takes_nobody_along(decoder):
    decoder(lambda: ctypes.string_at(0))
    assert refusal_of() == "unsafe"


def test_a_mistake_of_ours_is_not_blamed_on_the_photo(decoder):
    def mistake():
        raise KeyError("ours")

    decoder(mistake)
    with pytest.raises(sandbox.Fault, match="ours"):
        sandbox.process(b"x")


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(lambda: open("/etc/hostname"), id="open a file"),  # noqa: SIM115
        pytest.param(socket.socket, id="open a socket"),
        pytest.param(os.pipe, id="open a pipe"),
    ],
)
def test_a_decoder_can_open_nothing(decoder, deed):
    decoder(deed)
    with pytest.raises(sandbox.Fault, match="Too many open files"):
        sandbox.process(b"x")


@pytest.mark.parametrize("deed", [os.fork, lambda: threading.Thread(target=print).start()], ids=["process", "thread"])
def test_a_decoder_can_start_nothing(decoder, deed):
    decoder(deed)
    with pytest.raises(sandbox.Fault, match=r"unavailable|start new thread"):
        sandbox.process(b"x")


def test_a_decoder_holds_none_of_the_parents_connections(decoder):
    ours, theirs = socket.socketpair()

    def misuse():
        os.write(ours.fileno(), b"DROP TABLE users")

    decoder(misuse)
    with ours, theirs, pytest.raises(sandbox.Fault, match="Bad file descriptor"):
        sandbox.process(b"x")


def test_a_decoder_is_nobody_where_that_can_be_and_never_root(decoder):
    wanted = 65534 if os.geteuid() == 0 else os.geteuid()

    def am_i_root():
        raise RuntimeError(f"uid {os.getuid()} {os.geteuid()} groups {os.getgroups()}")

    decoder(am_i_root)
    with pytest.raises(sandbox.Fault, match=rf"uid {wanted} {wanted} "):
        sandbox.process(b"x")


LEFT = """
import json, os, sys
from pathlib import Path
from webapp.media import sandbox

def held():
    children = " ".join(path.read_text() for path in Path("/proc/self/task").glob("*/children"))
    return [sorted(os.listdir("/proc/self/fd")), children.split()]  # the dead ones, too

before, verdicts = held(), []
for data in json.load(sys.stdin):
    try:
        verdicts.append(sandbox.process(bytes.fromhex(data)).width)
    except sandbox.Rejected as refusal:
        verdicts.append(refusal.code)
print(json.dumps([verdicts, before, held()]))
"""


def test_nothing_is_left_behind(photo):
    """Ask in a fresh interpreter: in this one, pools and the collector open and close files meanwhile."""
    given = json.dumps([data.hex() for data in (photo, b"", b"GIF89a")])
    done = subprocess.run(
        [sys.executable, "-c", LEFT], input=given, cwd=ROOT, capture_output=True, text=True, check=True
    )
    verdicts, before, after = json.loads(done.stdout)
    assert [type(one) for one in verdicts] == [int, str, str], "one is made, two are refused"
    assert after == before


def test_threads_may_call_it(photo):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(sandbox.process, [photo] * 8))
    assert len(set(made)) == 1


def test_a_parent_that_maps_much_memory_leaves_the_child_its_share():
    with mmap.mmap(-1, 1500 * 1024 * 1024):
        assert sandbox.process(corpus.fifty_megapixels(), megabytes=512).width == 10_000


def test_it_needs_no_import_once_it_is_loaded():
    """Ask every format in a fresh interpreter, whose tests have not loaded what the child could not."""
    files = {name: corpus.metadata(name).hex() for name in corpus.FORMATS}
    code = (
        "import json, sys\nfrom webapp.media import sandbox\n"
        "for name, data in json.load(sys.stdin).items():\n"
        "    print(name, sandbox.process(bytes.fromhex(data)).width)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(files), cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [word for name in corpus.FORMATS for word in (name, "96")]


def answer(**changes):
    """Write a sane child's answer, then change its header."""
    rows = [[name, form, 1, 1, len(BODIES[form])] for name in BOUNDS for form in ENCODINGS]
    header = {"width": 1, "height": 1, "placeholder": PALETTE[0], "variants": rows, "looks": -5} | changes
    content = json.dumps(header).encode()
    return struct.pack(">I", len(content)) + content + b"".join(BODIES[row[1]] for row in rows)


def row(at, value):
    rows = [[name, form, 1, 1, len(BODIES[form])] for name in BOUNDS for form in ENCODINGS]
    rows[0][at] = value
    return {"variants": rows}


def test_a_sane_answer_is_believed():
    assert len(sandbox._unpack(answer()).variants) == 8


@pytest.mark.parametrize(
    "lie",
    [
        b"",
        b"\0\0",
        b"\xff\xff\xff\xff",
        struct.pack(">I", 60_000) + b"[" * 60_000,
        struct.pack(">I", 2) + b"[]",
        struct.pack(">I", 4) + b"null",
        answer() + b"more",
        answer()[:-1],
        answer(width=MAX_PIXELS + 1),
        answer(width=10**40),
        answer(width=1.5),
        answer(height=True),
        answer(height=-1),
        answer(placeholder="red;}"),
        answer(placeholder=[]),
        answer(looks=None),
        answer(looks=1.5),
        answer(looks=1 << 63),
        answer(variants=[]),
        answer(variants=None),
        answer(**row(0, "../../etc")),
        answer(**row(0, "small")),
        answer(**row(0, [])),
        answer(**row(1, "html")),
        answer(**row(1, "jpg")),
        answer(**row(2, 151)),
        answer(**row(4, -1)),
        answer(**row(4, 10**9)),
        answer(rejected="a code of its own"),
        answer(rejected=["damaged"]),
    ],
    ids=range(30),
)
def test_a_lying_child_is_not_believed(lie):
    with pytest.raises(Rejected) as refusal:
        sandbox._unpack(lie)
    assert refusal.value.code == "unsafe"
