"""Redis by the shortest way: some commands in one write, their answers in one read.

redis-py opens the connections (address, password, TLS) and closes them. What it does around each single command, with
its pool, checks, events and tries, costs ten times the command; here hiredis packs and parses, and that is all.
"""

import os
from typing import Any

import hiredis
import redis

Command = tuple[str | bytes | int | float, ...]
_PIECE = 16 * 1024  # bytes that are read at once


class Line:
    """One connection. What goes wrong on it closes it: nobody else shall read an answer that was meant for another."""

    def __init__(self, connection: Any):
        connection.connect()
        self._connection = connection
        self._socket = connection._sock
        self._reader = hiredis.Reader(protocolError=redis.InvalidResponse, replyError=redis.ResponseError)

    def ask(self, packed: bytes, count: int) -> list[Any]:
        """Send packed commands, and return an answer for each, errors included."""
        try:
            self._socket.sendall(packed)
            answers: list[Any] = []
            while len(answers) < count:
                answer = self._reader.gets()
                if answer is False:  # hiredis needs more; no answer of this protocol is False
                    self._read()
                else:
                    answers.append(answer)
            return answers
        except TimeoutError as error:
            self.close()
            raise redis.TimeoutError("Redis did not answer in time") from error
        except OSError as error:
            self.close()
            raise redis.ConnectionError(str(error)) from error
        except BaseException:
            self.close()
            raise

    def _read(self) -> None:
        piece = self._socket.recv(_PIECE)
        if not piece:
            raise redis.ConnectionError("Redis closed the connection")
        self._reader.feed(piece)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.disconnect()


class Wire:
    """The connections of one process to one Redis, as many as are in use at once."""

    def __init__(self, client: redis.Redis):
        pool = client.connection_pool
        self._kind, self._options = pool.connection_class, pool.connection_kwargs
        self._idle: list[Line] = []
        self._process = 0

    def ask(self, *commands: Command) -> list[Any]:
        """Send commands in one round trip and return their answers. RedisError if Redis is away, or refuses one."""
        packed = b"".join([hiredis.pack_command(command) for command in commands])  # type: ignore[arg-type]
        answers = self._by_idle(packed, len(commands)) or self._by(self._open(), packed, len(commands))
        for answer in answers:
            if isinstance(answer, redis.ResponseError):
                raise answer
        return answers

    def _by_idle(self, packed: bytes, count: int) -> list[Any] | None:
        """Ask by a connection that is open; None if there is none that still is. What is asked may be asked twice."""
        if self._process != os.getpid():  # those of the process that this one was forked from are not ours
            self._idle, self._process = [], os.getpid()
        try:
            return self._by(self._idle.pop(), packed, count)
        except IndexError:
            return None
        except redis.ConnectionError:  # closed since it was used last, as all others are that are idle
            self._idle.clear()
            return None

    def _by(self, line: Line, packed: bytes, count: int) -> list[Any]:
        answers = line.ask(packed, count)
        self._idle.append(line)
        return answers

    def _open(self) -> Line:
        return Line(self._kind(**self._options))
