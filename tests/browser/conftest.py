"""A real site and a real Chromium."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.waiting import PATIENCE, awake
from tests.whole import Script, Site

pytestmark = pytest.mark.browser
expect.set_options(timeout=1000 * PATIENCE)
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    # Else every window draws its address bar's lists with pages of their own: half of all work.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, named by bin/test."""
    path = os.environ.get("CHROMIUM")
    assert path, "CHROMIUM must name a Chromium; bin/test finds or installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(request: pytest.FixtureRequest, site: Site, chromium: Browser) -> Iterator:
    """Return a function that opens a page for somebody (or a visitor), with or without JavaScript."""
    contexts: list[BrowserContext] = []
    # A page that fades into the next costs half a page more; the files marked `moving` are those that see it.
    motion = "no-preference" if request.node.get_closest_marker("moving") else "reduce"

    def opened(person: Script | None = None, *, scripts: bool = True, **options: object) -> Page:
        options = {"viewport": {"width": 390, "height": 844}, "reduced_motion": motion, **options}
        context = chromium.new_context(base_url=site.url, java_script_enabled=scripts, **options)
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        if person is not None:
            context.add_cookies([{"name": "tintype_session", "value": person.key(), "url": site.url}])
        page = context.new_page()
        page.wrong = []  # what the console complained of: a broken policy shows here
        page.on("console", lambda message: page.wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        if scripts:
            arrive = page.goto
            page.goto = lambda *args, **options: (arrive(*args, **options), awake(page))[0]
        return page

    yield opened
    for context in contexts:
        context.close()
