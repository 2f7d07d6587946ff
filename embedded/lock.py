"""One run at a time over a data folder."""

import fcntl
import os
from io import TextIOWrapper
from pathlib import Path

from embedded.process import EmbeddedError


class Lock:
    """A lock that the kernel lets go when its holder dies, however it dies; it says who holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIOWrapper | None = None

    def take(self, note: str) -> None:
        """Take the lock, leaving our pid and `note` for whom it refuses. Raises EmbeddedError if held."""
        file = self.path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            pid, _, other = file.read().strip().partition(" ")
            file.close()
            where = f" at {other}" if other else ""
            raise EmbeddedError(
                f"This data folder is in use: process {pid or 'unknown'} runs it{where}.\n"
                f"Stop that one first, or choose another folder with --data. ({self.path.parent})"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()} {note}")
        file.flush()
        self._file = file

    @property
    def held(self) -> bool:
        """Whether we hold it."""
        return self._file is not None

    def release(self) -> None:
        """Let go; without effect if it is not held."""
        if self._file:
            self._file.truncate(0)
            self._file.close()
            self._file = None
