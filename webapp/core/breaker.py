"""A circuit breaker: a part that failed is left alone for a while, then asked by one caller for all.

Our own, because pybreaker holds its lock while a call runs: one storage call that hangs would hold up all others.
"""

import threading
import time
from collections.abc import Callable


class Breaker:
    """Counts failures in a row. After `failures` of them it is open for `pause` seconds; then one caller may try.

    `tell` hears whether it is broken, whenever that may have changed.
    """

    def __init__(self, *, failures: int, pause: float, tell: Callable[[bool], object] = bool):
        self._most, self._pause, self._tell = failures, pause, tell
        self._failed = 0
        self._until = 0.0
        self._lock = threading.Lock()

    @property
    def broken(self) -> bool:
        """Whether the part counts as away, also while one caller tries it again."""
        return self._failed >= self._most

    @property
    def open(self) -> bool:
        """Whether a call would be refused right now."""
        return self.broken and time.monotonic() < self._until

    def enter(self) -> bool:
        """Tell whether the caller may ask. After a pause one caller asks for all; for others the next has begun."""
        with self._lock:
            if not self.broken:
                return True
            if time.monotonic() < self._until:
                return False
            self._until = time.monotonic() + self._pause
            return True

    def failed(self) -> None:
        """Count a failure."""
        with self._lock:
            self._failed += 1
            self._until = time.monotonic() + self._pause
        self._tell(self.broken)

    def worked(self) -> None:
        """Forget all failures: the part answered."""
        if self._failed:
            self._failed = 0
            self._tell(False)
