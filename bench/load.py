"""Send prepared requests and take the time of each: one process, non-blocking sockets, nothing built on the way.

`measure` runs it as a child: a pickled list of Tasks on its standard input, then a line for each slice of time: which
task, for how many seconds, and whether it counts. Each slice is answered by a line; when the input ends, pickled
Outcomes follow. It is a process of its own so that its cost is known and apart from everything else.
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
_PATIENCE = 10  # seconds for an answer


@dataclass(frozen=True)
class Task:
    """What to send. A client sends its own requests in turn, from the beginning again if `again`."""

    address: tuple[str, int]
    requests: list[list[bytes]]
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
        self.waiting = False  # for an answer
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
        self.sent_at, self.waiting = time.perf_counter(), True
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
        self.waiting = False
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
        self.waiting = False
        if self.sock is not None:
            selector.unregister(self.sock)
            self.sock.close()
            self.sock = None


def endless(requests: list[bytes], again: bool) -> Iterator[bytes]:
    """Give the requests in turn, once or for ever."""
    yield from requests
    while again:
        yield from requests


class Party:
    """The clients of one task, and what came of all their slices that count."""

    def __init__(self, task: Task) -> None:
        self.clients = [Client(task.address, endless(mine, task.again)) for mine in task.requests]
        self.outcome = Outcome()

    def slice(self, seconds: float, *, counts: bool) -> None:
        """Send for so long, then wait for what is still on its way: another task's slice finds idle servers."""
        outcome = self.outcome if counts else Outcome(errors=self.outcome.errors)
        began, cpu = time.perf_counter(), time.process_time()
        with selectors.DefaultSelector() as selector:
            for client in self.clients:
                client.send(selector)
            self._until(began + seconds, selector, outcome)
            outcome.seconds += time.perf_counter() - began
            outcome.cpu += time.process_time() - cpu
            for client in self.clients:
                client.close(selector)  # a server hangs up on whom it does not hear of for some seconds

    def _until(self, end: float, selector: selectors.BaseSelector, outcome: Outcome) -> None:
        clock = time.perf_counter
        while (now := clock()) < end or any(client.waiting for client in self.clients):
            if now > end + _PATIENCE:
                outcome.errors.append("no answer")
                break
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
                if clock() < end and not client.send(selector):
                    outcome.errors.append("no request left")


def main() -> None:
    """Do what the standard input says."""
    parties = [Party(task) for task in pickle.load(sys.stdin.buffer)]  # noqa: S301 (from our parent)
    for line in sys.stdin.buffer:
        number, seconds, counts = line.split()
        parties[int(number)].slice(float(seconds), counts=counts == b"True")
        print("done", flush=True)
    # Their values, because the class has another name here: this module is `__main__`.
    sys.stdout.buffer.write(pickle.dumps([vars(party.outcome) for party in parties]))


if __name__ == "__main__":
    main()
