"""Send prepared requests and take the time of each: one process, non-blocking sockets, nothing built on the way.

`measure` runs it as a child: a pickled Task on its standard input, the line "go" when the warm-up is over, then a
pickled Outcome. It is a process of its own so that its cost is known and apart from everything else.
"""

import pickle
import selectors
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

_PER_CONNECTION = 100  # requests; then a new connection, so that chance does not bind most clients to one worker
_PATIENCE = 10  # seconds for the first answer


@dataclass(frozen=True)
class Task:
    """What to send. A client sends its own requests in turn, from the beginning again if `again`."""

    address: tuple[str, int]
    requests: list[list[bytes]]
    warm: float
    seconds: float
    again: bool = True


@dataclass
class Outcome:
    """What came of it: the seconds of each request, what went wrong, the last answers, and what sending cost."""

    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    bodies: deque[bytes] = field(default_factory=lambda: deque(maxlen=50))
    heads: deque[int] = field(default_factory=lambda: deque(maxlen=50))  # their lengths
    seconds: float = 0.0
    cpu: float = 0.0


class Client:
    """One connection with at most one request on its way."""

    def __init__(self, address: tuple[str, int], requests: Iterator[bytes]) -> None:
        self.address = address
        self.requests = requests
        self.sock: socket.socket | None = None
        self.sent_at = 0.0
        self.body = b""
        self.head = 0  # length
        self._served = 0
        self._answer = b""
        self._start = 0  # of the body
        self._length = -1  # of the whole answer, once its head has come
        self._closing = False

    def send(self, selector: selectors.BaseSelector) -> bool:
        """Send the next request; False when there is none left."""
        request = next(self.requests, None)
        if request is None:
            return False
        self.sent_at = time.perf_counter()
        if self.sock is None:
            self.sock = socket.create_connection(self.address, timeout=10)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sock.setblocking(False)
            selector.register(self.sock, selectors.EVENT_READ, self)
        self.sock.sendall(request)
        self._answer, self._length = b"", -1
        return True

    def receive(self, selector: selectors.BaseSelector) -> str | None:
        """Take in what has come. Returns the status when the answer is complete, "cut" if the line broke."""
        assert self.sock is not None
        try:
            piece = self.sock.recv(262144)
        except OSError:
            piece = b""
        if not piece:
            self.close(selector)
            return "cut"
        self._answer = self._answer + piece if self._answer else piece
        if self._length < 0 and not self._read_head():
            return None
        if len(self._answer) < self._length:
            return None
        self._served += 1
        self.body, self.head = self._answer[self._start :], self._start
        if self._closing or self._served % _PER_CONNECTION == 0:
            self.close(selector)
        return self._answer[9:12].decode()

    def _read_head(self) -> bool:
        end = self._answer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self._answer[:end].lower()
        start = head.find(b"\r\ncontent-length:")
        body = int(head[start + 17 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        self._closing = b"\r\nconnection: close" in head
        self._start, self._length = end + 4, end + 4 + body
        return True

    def close(self, selector: selectors.BaseSelector) -> None:
        """Hang up."""
        if self.sock is not None:
            selector.unregister(self.sock)
            self.sock.close()
            self.sock = None


def endless(requests: list[bytes], again: bool) -> Iterator[bytes]:
    """Give the requests in turn, once or for ever."""
    yield from requests
    while again:
        yield from requests


def run(task: Task) -> Outcome:
    """Send until the time is over; what was answered during the warm-up does not count."""
    outcome = Outcome()
    with selectors.DefaultSelector() as selector:
        clients = [Client(task.address, endless(mine, task.again)) for mine in task.requests]
        for client in clients:
            client.send(selector)
        _until(time.perf_counter() + task.warm, selector, Outcome(errors=outcome.errors))
        print("go", flush=True)
        began, cpu = time.perf_counter(), time.process_time()
        _until(began + task.seconds, selector, outcome)
        outcome.seconds, outcome.cpu = time.perf_counter() - began, time.process_time() - cpu
        print("done", flush=True)
        for client in clients:
            client.close(selector)
    return outcome


def _until(end: float, selector: selectors.BaseSelector, outcome: Outcome) -> None:
    """Send until a moment; later only if by then nothing at all was answered."""
    clock = time.perf_counter
    while clock() < end or (not outcome.latencies and clock() < end + _PATIENCE):
        for key, _ in selector.select(0.05):
            client: Client = key.data
            status = client.receive(selector)
            if status is None:
                continue
            outcome.latencies.append(clock() - client.sent_at)
            outcome.bodies.append(client.body)
            outcome.heads.append(client.head)
            if status[0] not in "23":
                outcome.errors.append(status)
            if not client.send(selector):
                outcome.errors.append("no request left")


if __name__ == "__main__":
    outcome = run(pickle.load(sys.stdin.buffer))  # noqa: S301 (from our parent)
    # Its values, because the class has another name here: this module is `__main__`.
    sys.stdout.buffer.write(pickle.dumps(vars(outcome)))
