"""A TCP proxy that stands between the site and one of its parts, and misbehaves on request.

with Proxy("/run/.s.PGSQL.5432") as proxy:      # or ("127.0.0.1", 9000)
    proxy.port                                  # the site is told to connect here
    proxy.refuse()                              # at any time, from any thread
    proxy.heal()
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine
from typing import Any

Upstream = str | tuple[str, int]  # the path of a unix socket, or host and port
_CHUNK = 65536
_BODY = b"<Error><Code>InternalError</Code><Message>Out of order</Message></Error>"
_ERROR = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/xml\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class Proxy:
    """One listening port of this machine in front of one part. Each mode holds for old connections and new ones.

    `pass`: bytes go through. `refuse`: open connections are reset, new ones refused. `hang`: connections are accepted
    and stay open, no byte moves; what was sent meanwhile goes through when it heals. `slow`: each packet, in either
    direction, waits so many seconds. `fail`: every HTTP request is answered 500.
    """

    def __init__(self, upstream: Upstream, port: int = 0):
        self.upstream = upstream
        self.port = port
        self.mode = "pass"
        self.delay = 0.0
        self.accepted = 0  # connections since the start, for tests that count attempts
        self._listener: socket.socket | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.StreamWriter] = set()
        self._changed = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> "Proxy":
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._set("refuse", 0.0))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def address(self) -> str:
        """Where to connect to: host:port."""
        return f"127.0.0.1:{self.port}"

    def heal(self) -> None:
        """Let everything through again."""
        self._do(self._set("pass", 0.0))

    def refuse(self) -> None:
        """Reset open connections and refuse new ones, as a machine does whose server is not running."""
        self._do(self._set("refuse", 0.0))

    def hang(self) -> None:
        """Let no byte through, and close nothing, as a frozen server or a cable that was pulled."""
        self._do(self._set("hang", 0.0))

    def slow(self, seconds: float) -> None:
        """Let each packet wait."""
        self._do(self._set("slow", seconds))

    def fail(self) -> None:
        """Answer every HTTP request with 500."""
        self._do(self._set("fail", 0.0))

    def cut(self) -> None:
        """Reset what is open, and go on as before."""
        self._do(self._cut())

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        # By hand: asyncio's own ways lose who comes in while they are told to stop, and leave that line open.
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=512)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._loop.add_reader(self._listener, self._accept, self._listener)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            sock, _ = listener.accept()
            self.accepted += 1
            task = asyncio.ensure_future(self._serve(sock))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)

    async def _set(self, mode: str, delay: float) -> None:
        self.mode, self.delay = mode, delay
        if mode == "refuse" and self._listener is not None:
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        elif mode != "refuse" and self._listener is None:
            await self._listen()
        if mode in ("refuse", "fail"):
            await self._cut()
        self._changed.set()  # wakes what hangs; each looks at the mode anew
        self._changed = asyncio.Event()

    async def _cut(self) -> None:
        for writer in list(self._open):
            _reset(writer)
        self._open.clear()

    async def _serve(self, sock: socket.socket) -> None:
        """Carry one connection. It ends when either side does."""
        reader, writer = await asyncio.open_connection(sock=sock)
        self._open.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self._flow()
            if self.mode == "fail":
                await _answer_500(reader, writer)
            elif self.mode != "refuse":
                await self._join(reader, writer)
        self._open.discard(writer)
        _reset(writer) if self.mode == "refuse" else _close(writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = asyncio.open_unix_connection if isinstance(self.upstream, str) else asyncio.open_connection
        target = (self.upstream,) if isinstance(self.upstream, str) else self.upstream
        far_reader, far_writer = await there(*target)
        self._open.add(far_writer)
        try:
            pumps = [
                asyncio.create_task(self._pump(reader, far_writer)),
                asyncio.create_task(self._pump(far_reader, writer)),
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            self._open.discard(far_writer)
            _close(far_writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_CHUNK):
            await self._flow()
            if self.delay:
                await asyncio.sleep(self.delay)
            writer.write(piece)
            await writer.drain()

    async def _flow(self) -> None:
        """Wait while the mode is to hang."""
        while self.mode == "hang":
            await self._changed.wait()


async def _answer_500(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    names = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n") if b":" in line)
    if b"expect" not in names:  # who asks first does not send its body
        await reader.readexactly(int(names.get(b"content-length", b"0")))
    writer.write(_ERROR)
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.family != socket.AF_UNIX:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    writer.transport.abort()


def _close(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()
