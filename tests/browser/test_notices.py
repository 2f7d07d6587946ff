"""What people are told while a part is away: quiet, readable, and no hindrance."""

import contextlib

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser.checks import SCHEMES, complaints
from tests.waiting import until


@pytest.fixture
def redis_stands_still(site):
    with site.still("redis"):
        yield


def test_a_quiet_line_says_that_photos_wait(site, open_page, people, redis_stands_still):
    page = open_page(people["ben"])
    for width, height in ((390, 844), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        line = page.locator("main [role=status]", has_text="New photos wait a little")
        for _ in range(4):  # a process that has not asked Redis for anything yet says nothing
            with contextlib.suppress(TimeoutError):
                page.goto("/", timeout=6000)
            if line.count():
                break
        expect(line).to_be_visible()
        box = line.bounding_box()
        assert box["height"] < 120, "quiet"
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        for scheme, rules in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            assert complaints(page, rules) == []


def test_the_line_is_gone_when_all_is_well(site, open_page, people):
    page = open_page(people["ben"])
    until(lambda: page.goto("/").ok and not page.get_by_text("New photos wait a little").count())
