"""What gunicorn.conf.py does with connections that wait for their next request."""

import http.client
import subprocess
import sys
import time

from tests.waiting import until
from tests.whole import ROOT, free_port


def _asks(line: http.client.HTTPConnection) -> bool:
    try:
        line.request("GET", "/")
        return line.getresponse().read().startswith(b"Hello")
    except OSError:
        line.close()
        return False


def test_an_idle_connection_outlasts_a_pause_and_holds_up_no_stop():
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "wsgiref.simple_server:demo_app", "--worker-class", "gevent"]
    server = subprocess.Popen([*command, "--bind", f"127.0.0.1:{port}", "--no-control-socket"], cwd=ROOT)
    lines = [http.client.HTTPConnection("127.0.0.1", port, timeout=5) for _ in range(3)]
    try:
        for line in lines:
            until(lambda line=line: _asks(line))
            line.auto_open = 0  # from here on this connection or none
        time.sleep(2.5)
        assert all(map(_asks, lines))
        time.sleep(1.5)
    finally:
        began = time.monotonic()
        server.terminate()
        assert server.wait(20) == 0
        for line in lines:
            line.close()
    assert time.monotonic() - began < 8
