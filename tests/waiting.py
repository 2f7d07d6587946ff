"""Waiting for what has to happen. Long: a busy machine is no fault, and only a test that fails waits to the end."""

import time
from collections.abc import Callable
from typing import TypeVar

from playwright.sync_api import Page

Found = TypeVar("Found")
PATIENCE = 60.0  # seconds
_AWAKE = (
    """() => performance.getEntriesByName("behaviours").length || !document.querySelector('script[src*="/js/app"]')"""
)


def until(holds: Callable[[], Found], what: str = "it") -> Found:
    """Wait until something holds, and return it. AssertionError when it does not come to that."""
    end = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < end, f"{what} did not happen in {PATIENCE:.0f} s"
        time.sleep(0.05)
    return found


def awake(page: Page) -> Page:
    """Wait until a page does what its scripts add to it: nobody is quicker than that, but a test is."""
    until(lambda: page.evaluate(_AWAKE), f"that {page.url} is awake")
    return page
