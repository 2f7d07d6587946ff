"""Waiting for what has to happen. Long: a busy machine is no fault, and only a test that fails waits to the end."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
PATIENCE = 60.0  # seconds


def until(holds: Callable[[], Found], what: str = "it") -> Found:
    """Wait until something holds, and return it. AssertionError when it does not come to that."""
    end = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < end, f"{what} did not happen in {PATIENCE:.0f} s"
        time.sleep(0.05)
    return found
