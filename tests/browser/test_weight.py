"""What a page weighs over the wire, and which photos a screen gets: with twenty posts as people write them."""

import re
from dataclasses import dataclass, field
from itertools import takewhile

import pytest
from playwright.sync_api import Page, Request

from tests import make
from tests.whole import Script, Site

KB = 1024
JS, CSS, HTML = 25 * KB, 12 * KB, 12 * KB  # over the wire, without heads
BEFORE = 12  # requests
AUTHORS = (("mara_velvet", "Mara Velvet"), ("nils_oberg", "Nils Öberg"), ("ola_in_tromso", "Ola"))
WORDS = (
    "First frost on the jetty. Everything creaked, and nobody else was up. #winter #film @{}",
    "Kitchen light, again. I know.",
    "The last ferry to Lofoten, an hour late because of the fog; I have never minded waiting less. Kodak Gold, expired "
    "in 2009, one stop over. #fog #expiredfilm #kodakgold",
    "Grandmother's hands. She says that I may share this one, and only this one.",
    "Found on a walk that was meant to be short #bridge",
)
ALTS = (
    "A wooden jetty in the morning, white with frost, and a lake behind it that smokes",
    "A cup on a table by the window",
    "A ferry's bow out of the fog, seen from the quay, with two people at the rail",
)
SAID = (
    "What lens was it?",
    "So calm. I would hang this above my desk.",
    "@{} you have to see this 😍",
    "💛",
)
SCREENS = {
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3},
    "desktop": {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1},
    "sharp desktop": {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 2},
}
# A picture a little below the screen's own pixels is hardly seen, four times its bytes are.
SHARP = 0.65
STILL = 0.005  # of the layout shift that Lighthouse sums up: shown as 0. A photo that pushes a caption is 0.1 or more
SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
    if (!entry.hadRecentInput) window.shifts.push([entry.value, entry.sources.map(({ node }) => node?.nodeName)]);
  })).observe({ type: "layout-shift", buffered: true });
"""
LOOKED = """(images) => images.filter((image) => image.complete && image.currentSrc).map((image) => ({
  box: image.getBoundingClientRect().width * devicePixelRatio,
  at: image.currentSrc,
  offered: (image.parentElement.querySelector("source") ?? image).srcset
    .split(", ").map((one) => one.split(" ")).map(([at, width]) => [new URL(at, location).href, parseInt(width)]),
}))"""


@pytest.fixture(scope="module")
def reader(site: Site) -> Script:
    """Somebody whose feed is twenty posts by three people, all with photos as large as a camera makes them."""
    reader, authors = site.person("wim_reads", "Wim"), [site.person(*author) for author in AUTHORS]
    for author in authors:
        reader.call("POST", f"/users/{author.name}/follow")
    posts = []
    for number in range(20):
        author, size = authors[number % 3], ((2000, 1500), (1600, 2000), (1800, 1800))[number % 3]
        photos = {author.upload(make.photo(*size, f"#{number * 11:02x}5544")): ALTS[number % 3]}
        if number % 6 == 0:
            photos[author.upload(make.photo(*size[::-1], "#223344"))] = ""
        asked = {"media_ids": list(photos), "caption": WORDS[number % 5].format(AUTHORS[0][0]), "alts": photos}
        posts.append((author, author.call("POST", "/posts", json=asked | {"location": "Tromsø"}).json()["id"]))
    for number, (author, post) in enumerate(posts):
        author.published(f"/posts/{post}")
        for turn in range(2 + number % 2):
            said = SAID[(number + turn) % 4].format(AUTHORS[1][0])
            assert authors[turn].call("POST", f"/posts/{post}/comments", json={"content": said}).ok
    return reader


@pytest.fixture
def post(reader: Script) -> str:
    """The newest of these posts."""
    return str(reader.call("GET", "/feed").json()["items"][0]["post"]["id"])


@dataclass
class Load:
    """What was asked for, in this order, until nothing more was; and the bytes of each kind that came over the wire."""

    asked: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    def take(self, request: Request) -> None:
        """Weigh an answer."""
        self.sizes.setdefault(request.resource_type, 0)
        if request.resource_type in ("script", "stylesheet", "document"):
            assert request.response().headers.get("content-encoding") == "gzip", request.url
            self.sizes[request.resource_type] += request.sizes()["responseBodySize"]

    @property
    def before(self) -> list[str]:
        """What was asked for before the first photo."""
        return list(takewhile(lambda url: not is_photo(url), self.asked))


def is_photo(url: str) -> bool:
    """Tell whether a photo of somebody's is here."""
    return "tintype-p" in url


def loaded(page: Page, path: str) -> Load:
    """Open a page for the first time."""
    load, done = Load(), list[Request]()
    page.on("request", lambda request: load.asked.append(request.url))
    page.on("requestfinished", lambda request: done.append(request))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    for request in list(done):
        load.take(request)
    return load


@pytest.mark.parametrize("who", ["reader", "visitor"])
@pytest.mark.parametrize("path", ["/", "/@mara_velvet", "/p/{}"])
def test_pages_keep_their_budgets(open_page, reader, post, path, who):
    page = open_page(reader if who == "reader" else None, service_workers="block")

    load = loaded(page, path.format(post))

    assert load.sizes["document"] > KB
    assert load.sizes["document"] <= HTML, load.sizes
    assert load.sizes["script"] <= JS, load.sizes
    assert load.sizes["stylesheet"] <= CSS, load.sizes
    assert "font" not in load.sizes
    assert any(map(is_photo, load.asked))
    assert len(load.before) <= BEFORE, load.before


def test_the_feed_that_is_weighed_has_twenty_posts_with_all_that_people_write(open_page, reader):
    page = open_page(reader)
    page.goto("/")

    assert page.locator("#feed article").count() == 20
    assert page.locator("#feed article .caption").count() == 20
    assert page.locator("#feed article .previews li").count() >= 40
    assert page.locator("#feed article details.alt").count() >= 20


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("path", ["/", "/@mara_velvet", "/p/{}"])
def test_a_screen_gets_the_smallest_photo_that_is_sharp_on_it(open_page, reader, post, path, screen):
    page = open_page(reader, **SCREENS[screen])
    page.goto(path.format(post))
    page.wait_for_load_state("networkidle")

    photos = page.locator("#main img").evaluate_all(LOOKED)
    photos = [photo for photo in photos if len(photo["offered"]) > 1]
    assert photos
    for photo in photos:
        widths, box = dict(photo["offered"]), photo["box"]
        chosen, largest = widths[photo["at"]], max(widths.values())
        assert chosen == largest or chosen >= SHARP * box, (box, chosen, widths)
        assert chosen <= min([width for width in widths.values() if width >= box], default=largest), (box, widths)


@pytest.mark.parametrize("path", ["/", "/p/{}"])
def test_the_first_photo_comes_at_once_and_the_others_when_they_are_near(open_page, reader, post, path):
    page = open_page(reader)
    page.goto(path.format(post))

    first, *others = page.locator("#main .photo img").all()
    assert first.get_attribute("fetchpriority") == "high"
    assert first.get_attribute("loading") != "lazy"
    assert all(one.get_attribute("loading") == "lazy" for one in others)
    assert not [one for one in others if one.get_attribute("fetchpriority")]


def test_photos_that_are_far_are_not_fetched(open_page, reader):
    page = open_page(reader, service_workers="block")

    load = loaded(page, "/")

    photos = [url for url in load.asked if is_photo(url)]
    assert photos
    assert len(photos) < 15, photos


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("path", ["/", "/@mara_velvet", "/p/{}"])
def test_nothing_moves_when_photos_come(open_page, reader, post, path, screen):
    page = open_page(reader, service_workers="block", **SCREENS[screen])
    page.add_init_script(SHIFTS)
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 150, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    page.goto(path.format(post))
    page.wait_for_load_state("networkidle")
    assert page.locator("#main img").evaluate_all("(all) => all.some((one) => one.complete)")

    shifts = page.evaluate("shifts")
    assert sum(shift for shift, _ in shifts) < STILL, shifts


def test_every_photo_says_how_large_it_is(open_page, reader, post):
    page = open_page(reader)
    for path in ("/", "/@mara_velvet", f"/p/{post}"):
        page.goto(path)
        for image in page.locator("img").all():
            size = [image.get_attribute(name) or "" for name in ("width", "height")]
            assert all(re.fullmatch("[1-9][0-9]*", side) for side in size), image.evaluate("(one) => one.outerHTML")
