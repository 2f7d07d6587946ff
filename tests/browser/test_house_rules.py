"""What holds on every page (see checks.py), the budgets of the feed, keyboard, offline, signing out, installing."""

import gzip
import re

import pytest
import requests
from playwright.sync_api import expect

from tests import make
from tests.browser.checks import faults

PAGES = (
    "/", "/?view=public", "/?view=for_you", "/explore", "/search", "/search?q=ana", "/search?q=look&kind=posts",
    "/search?q=blue&kind=tags", "/tags/blue", "/locations/Oslo", "/suggestions", "/requests", "/notifications",
    "/messages", "/messages/requests", "/messages/new", "/messages/search",
    "/@ana", "/@ana/timeline", "/@ana/tagged", "/@ana/followers", "/@ana/mute", "/new", "/saved", "/saved/folders",
    "/likes", "/settings", "/settings/profile", "/settings/privacy", "/settings/notifications", "/settings/blocks",
    "/settings/mutes", "/settings/email", "/settings/security", "/settings/two-step", "/settings/passkeys",
    "/settings/sessions", "/settings/data", "/reports", "/appeal", "/stories", "/new/story", "/highlights",
    "/highlights/new", "/about", "/offline", "/install", "/waiting", "/docs", "/nothing-here",
)  # fmt: skip
STAFF = (
    "/admin/users", "/admin/users/ben", "/admin/posts", "/admin/audit", "/admin/stats", "/admin/jobs",
    "/admin/jobs?status=queued", "/admin/announcements", "/confirm", "/admin/filters",
    "/admin/filters?text=spam", "/admin/hashes", "/admin/joining", "/admin/settings", "/admin/settings/history",
    "/admin/users?q=nobody-at-all", "/admin/queue", "/admin/appeals", "/reports", "/appeal",
)  # fmt: skip
VISITORS = ("/", "/explore", "/login", "/register", "/forgot", "/@ana")


@pytest.fixture(scope="module")
def shown(people) -> str:
    """Somebody's post with a thread, so that pages have something to show; returns its id."""
    ana, ben = people["ana"], people["ben"]
    ben.call("POST", "/users/ana/follow")
    post_id = ana.post(make.photo(1000, 1250, "#554433"), "A long look #blue " + "and longer " * 30)
    comment = ben.call("POST", f"/posts/{post_id}/comments", json={"content": "Where?"}).json()
    ana.call("POST", f"/posts/{post_id}/comments", json={"content": "Here.", "parent_id": comment["id"]})
    return post_id


@pytest.mark.parametrize("who", ["somebody", "a visitor", "an admin"])
def test_every_page_is_right_on_every_screen(open_page, people, admin, shown, who):
    person, paths = {
        "somebody": (people["ben"], (*PAGES, f"/p/{shown}", f"/p/{shown}/likes")),
        "a visitor": (None, VISITORS),
        "an admin": (admin, STAFF),
    }[who]
    assert faults(open_page(person), paths, widths=True) == {}


def test_the_feed_keeps_its_budgets(site, open_page, people, shown):
    sizes: dict[str, list[int]] = {"js": [], "css": [], "html": []}
    page = open_page(people["ben"])
    requested: list[str] = []

    def note(response):
        requested.append(response.url)
        kind = response.request.resource_type
        name = {"script": "js", "stylesheet": "css", "document": "html"}.get(kind)
        if name:
            sizes[name].append(len(gzip.compress(response.body(), 6)))

    page.on("response", note)
    page.goto("/")
    page.wait_for_load_state("networkidle")
    photos = [url for url in requested if "tintype-p" in url]
    assert sum(sizes["js"]) < 25 * 1024, sizes
    assert sum(sizes["css"]) < 12 * 1024, sizes
    assert sum(sizes["html"]) < 12 * 1024, sizes
    assert not [url for url in requested if not url.startswith((site.url, "http://127.0.0.1", "data:"))]
    assert len(requested) - len(photos) <= 20, requested


def test_the_keyboard_finds_the_skip_link_first(site, open_page, people, shown):
    page = open_page(people["ben"])
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_without_the_network_the_feed_is_still_there(site, open_page, people, shown):
    page = open_page(people["ben"])
    page.goto("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/")
    page.goto(f"/p/{shown}")
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    page.goto("/")
    expect(page.locator("#feed article").first).to_be_visible()
    page.goto("/about?never-seen-before")
    expect(page.get_by_text(re.compile("offline", re.I)).first).to_be_visible()
    page.context.set_offline(False)


def test_signing_out_leaves_nothing_behind(site, open_page, people):
    page = open_page(site.person("leaver"))
    page.goto("/settings/profile")
    page.goto("/settings")
    page.get_by_role("button", name="Sign out").first.click()
    expect(page).to_have_url(re.compile("/login"))
    page.go_back()
    expect(page).to_have_url(re.compile("/login|/settings"))
    expect(page.get_by_label("Username or email")).to_be_visible()


def test_the_site_can_be_installed(site):
    manifest = requests.get(f"{site.url}/manifest.webmanifest", timeout=60).json()
    purposes = {purpose for icon in manifest["icons"] for purpose in icon.get("purpose", "any").split()}
    assert {"any", "maskable", "monochrome"} <= purposes
    for icon in manifest["icons"]:
        assert requests.get(site.url + icon["src"], timeout=60).ok, icon
    for shortcut in manifest["shortcuts"]:
        assert requests.get(site.url + shortcut["url"], timeout=60).ok, shortcut
    assert manifest["display"] == "standalone"
