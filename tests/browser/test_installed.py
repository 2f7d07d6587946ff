"""The app on a device: pushes from the first press to the opened page, photos of other apps, how it is installed."""

import json
import re

import pytest
import requests
from playwright.sync_api import Page, expect

from tests import make, pushes
from tests.browser.checks import SCHEMES, complaints, too_wide
from tests.browser.test_app import IN_CHARGE
from tests.waiting import until

# What no headless browser has: a push service. The browser's own part alone, all else is real.
SUBSCRIBE = """(given) => {
  const unsubscribe = async () => !localStorage.removeItem("pushed");
  const made = { ...given, toJSON: () => given, unsubscribe };
  PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => {
    localStorage.setItem("pushed", btoa(String.fromCharCode(...key)));
    return made;
  };
  PushManager.prototype.getSubscription = async () => (localStorage.getItem("pushed") ? made : null);
}"""


@pytest.fixture
def device(site, chromium):
    """Return a function that opens the site for somebody on a device that may notify."""
    contexts = []

    def opened(person, path: str = "/", init: str = "", allowed: bool = True) -> Page:
        context = chromium.new_context(base_url=site.url, viewport={"width": 390, "height": 844})
        contexts.append(context)
        if allowed:
            context.grant_permissions(["notifications"], origin=site.url)
        if init:
            context.add_init_script(init)
        if person is not None:
            body = {"username": person.name, "password": "a very fine secret"}
            assert context.request.post(f"{site.url}/api/v1/auth/login", data=body).ok
        page = context.new_page()
        page.goto("/about")
        page.evaluate(IN_CHARGE)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def deliver(page: Page, origin: str, data: str) -> None:
    """Hand a push to the worker, as the browser's push service would."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    until(lambda: found or page.wait_for_timeout(50))
    session.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": found[0], "data": data})
    page.wait_for_timeout(300)


SHOWN = """async () => {
  const { getNotifications } = await navigator.serviceWorker.ready;
  const all = await (await navigator.serviceWorker.ready).getNotifications();
  return all.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
}"""


def test_a_push_from_the_press_that_turns_it_on_to_the_page_that_it_opens(site, device):
    ana, ben = site.person("pim", "Pim"), site.person("per", "Per")
    post_id = ana.post(make.photo(300, 300, "#335577"), "A quiet room")
    with pushes.service() as service:
        phone = service.phone()
        page = device(ana, "/settings/notifications", f"({SUBSCRIBE})({json.dumps(phone.json())})")
        page.get_by_role("button", name="Turn on here").click()
        expect(page.locator("#devices")).to_contain_text("This device, since")
        expect(page.get_by_role("button", name="Turn off here")).to_be_visible()
        ben.call("POST", f"/posts/{post_id}/comments", json={"content": "So quiet"})
        until(lambda: service.taken)
        (said,) = phone.got()
        assert (said["title"], said["body"], said["badge"]) == ("@per commented on your post", "So quiet", 1)

        deliver(page, site.url, phone.open(service.taken[0].body).decode())
        (shown,) = page.evaluate(SHOWN)
        assert (shown["title"], shown["body"]) == ("@per commented on your post", "So quiet")
        deliver(page, site.url, json.dumps(said | {"body": "So very quiet"}))
        (shown,) = page.evaluate(SHOWN)
        assert shown["body"] == "So very quiet", "a newer one of the same takes its place"

        worker = page.context.service_workers[0]
        worker.evaluate("async () => { await pressed((await registration.getNotifications())[0]); }")
        expect(page).to_have_url(re.compile(f"/p/{post_id}#comment-"))
        page.wait_for_timeout(300)
        assert ana.call("GET", "/notifications/count").json()["unread"] == 0
        assert page.evaluate(SHOWN) == []

        page.goto("/settings/notifications")
        page.get_by_role("button", name="Turn off here").click()
        expect(page.get_by_role("button", name="Turn on here")).to_be_visible()
        assert ana.call("GET", "/push/subscriptions").json()["items"] == []


def test_what_one_is_looking_at_is_not_shown_once_more(site, device):
    page = device(site.person("kim"), "/notifications")
    page.bring_to_front()
    deliver(page, site.url, json.dumps({"title": "Here", "url": "/notifications", "tag": "a"}))
    deliver(page, site.url, json.dumps({"title": "Elsewhere", "url": "/p/x", "tag": "b"}))
    deliver(page, site.url, "no words of ours")
    assert {one["title"] for one in page.evaluate(SHOWN)} == {"Elsewhere"} or page.evaluate(
        "document.hasFocus()"
    ) is False


def test_a_browser_that_was_told_no_or_can_not_says_what_to_do(site, device):
    person = site.person("nono")
    page = device(
        person, "/settings/notifications", "Object.defineProperty(Notification, 'permission', {value: 'denied'})"
    )
    expect(page.locator("#devices")).to_contain_text("Your browser blocks notifications of this site")
    iphone = "delete window.PushManager; Object.defineProperty(navigator, 'userAgent', {value: 'iPhone'})"
    page = device(person, "/settings/notifications", iphone)
    expect(page.locator("#devices")).to_contain_text("put this site on the home screen first")
    page = device(person, "/settings/notifications", "delete window.PushManager")
    expect(page.locator("#devices")).to_contain_text("can't show notifications while the site is closed")


@pytest.mark.parametrize("signed_in", [True, False], ids=["signed in", "signed out"])
def test_photos_of_another_app_stand_on_the_compose_page(site, device, tmp_path, signed_in):
    person = site.person("sina" if signed_in else "sofi")
    photos = [tmp_path / f"photo {number}.jpg" for number in (1, 2)]
    for photo in photos:
        photo.write_bytes(make.photo(600, 400))
    page = device(person if signed_in else None, "/about")
    page.evaluate("""() => {
        const form = document.createElement("form");
        Object.assign(form, { method: "post", action: "/share", enctype: "multipart/form-data", id: "from-elsewhere" });
        const field = (more) => form.append(Object.assign(document.createElement("input"), more));
        for (const name of ["text", "url"]) field({ name, value: `a ${name}` });
        field({ type: "file", name: "photos", multiple: true });
        document.body.append(form);
    }""")
    page.locator("#from-elsewhere input[type=file]").set_input_files(photos)
    page.locator("#from-elsewhere").evaluate("form => form.submit()")
    if not signed_in:
        expect(page).to_have_url(re.compile("/login"))
        page.get_by_label("Username or email").fill(person.name)
        page.get_by_label("Password", exact=True).fill("a very fine secret")
        page.locator("main form button.primary").click()
    expect(page).to_have_url(re.compile("/new"))
    expect(page.locator("[data-tiles] > *")).to_have_count(2)
    expect(page.locator("[name=caption]")).to_have_value("a text\na url")
    page.wait_for_timeout(1000)
    page.reload()  # kept as a draft, and not taken twice
    expect(page.locator("[data-tiles] > *")).to_have_count(2)


def test_the_manifest_is_whole(site, device):
    manifest = requests.get(f"{site.url}/manifest.webmanifest", timeout=60).json()
    assert {"id", "lang", "dir", "launch_handler", "share_target"} <= set(manifest)
    assert {shot["form_factor"] for shot in manifest["screenshots"]} == {"narrow", "wide"}
    assert len(manifest["shortcuts"]) == 4
    pictures = [*manifest["icons"], *manifest["screenshots"], *(one["icons"][0] for one in manifest["shortcuts"])]
    for picture in pictures:
        answer = requests.get(site.url + picture["src"], timeout=60)
        assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, picture["type"]), picture
    page = device(site.person("mani"), "/")
    told = page.context.new_cdp_session(page).send("Page.getAppManifest")
    assert told["errors"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_that_help_are_plain_to_everybody(site, chromium, scheme):
    context = chromium.new_context(base_url=site.url, color_scheme=scheme, viewport={"width": 320, "height": 700})
    page = context.new_page()
    for path in ("/install", "/waiting", "/offline"):
        page.goto(path)
        assert complaints(page, SCHEMES[scheme]) == [], path
        assert too_wide(page) <= 0, path
    page.goto("/install")
    expect(page.get_by_role("button", name="Install")).to_be_hidden()
    page.evaluate("""() => {
        const event = new Event("beforeinstallprompt");
        event.prompt = async () => { document.title = "asked"; };
        dispatchEvent(event);
    }""")
    page.get_by_role("button", name="Install").click()
    expect(page).to_have_title("asked")
    context.close()
