"""A Redis of our own, on a unix socket alone: the wheel's 6.2 is no longer patched."""

import socket
from pathlib import Path
from urllib.parse import quote

from embedded import paths
from embedded.process import Process, wait_until


class Redis(Process):
    """The server over `<data>/redis`. It saves only when it stops: PostgreSQL is the queue of record."""

    def __init__(self, data: Path, sockets: Path) -> None:
        self.socket = sockets / "redis.sock"
        self.folder = data / "redis"
        command = [
            *(paths.redis_server(), "--port", "0", "--daemonize", "no"),
            *("--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            # Without any save point it would not save when it stops. Its two numbers are two words.
            *("--dir", str(self.folder), "--save", "900", "1", "--appendonly", "no"),
            # When it is full, what nobody asked for lately goes, but no job (none expires). One takes 0.6 KB, not 2.
            *("--maxmemory", "64mb", "--maxmemory-policy", "volatile-lru", "--hash-max-ziplist-value", "512"),
        ]
        super().__init__(name="redis", command=command, data=data, ready=self._answers)

    @property
    def url(self) -> str:
        """The REDIS_URL of this server."""
        return f"unix://{quote(str(self.socket), safe='/')}?db=0"

    def launch(self) -> None:
        """Spawn the server; a dump that it can't read (an older Redis, a full disk) is set aside."""
        super().launch()
        dump = self.folder / "dump.rdb"
        if dump.exists() and self._gives_up():
            dump.replace(dump.with_suffix(".unreadable"))
            super().launch()

    def _gives_up(self) -> bool:
        wait_until(lambda: not self.running or self._answers(), seconds=5)
        return not self.running

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as talk:
                talk.settimeout(1)
                talk.connect(str(self.socket))
                talk.sendall(b"PING\r\n")
                return talk.recv(16).startswith(b"+PONG")
        except OSError:
            return False
