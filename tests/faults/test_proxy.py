"""The proxy itself: what it does to connections in each mode."""

import http.server
import socket
import threading
import time

import pytest
import requests

from tests.faults.proxy import Proxy


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with what was sent."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Proxy(("127.0.0.1", server.server_address[1])) as started:
        yield started
    server.shutdown()
    server.server_close()


def put(proxy: Proxy, session: requests.Session | None = None, *, timeout: float = 5) -> requests.Response:
    with session or requests.Session() as asking:
        return asking.put(f"http://{proxy.address}/", data=b"x" * 200_000, timeout=timeout)


def test_what_passes_is_whole(proxy):
    assert put(proxy).content == b"x" * 200_000


def test_who_is_refused_learns_it_at_once_and_on_the_same_port_it_heals(proxy):
    port = proxy.port
    with socket.create_connection(("127.0.0.1", port)) as open_before:
        proxy.refuse()
        with pytest.raises(OSError, match="reset"):
            open_before.recv(1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    proxy.heal()
    assert proxy.port == port
    assert put(proxy).ok


def test_who_hangs_waits_and_what_was_sent_goes_on(proxy):
    proxy.hang()
    with pytest.raises(requests.ReadTimeout):
        put(proxy, timeout=0.3)
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(put(proxy)))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    proxy.heal()
    waiting.join(5)
    assert answers[0].ok


def test_each_packet_is_slow(proxy):
    proxy.slow(0.2)
    began = time.monotonic()
    assert put(proxy).ok
    assert time.monotonic() - began >= 0.4, "once there and once back"


def test_every_request_fails_on_old_connections_and_new(proxy):
    proxy.fail()
    assert put(proxy).status_code == 500
    assert "InternalError" in put(proxy).text
    proxy.heal()
    assert put(proxy).ok
