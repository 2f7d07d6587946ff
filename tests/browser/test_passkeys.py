"""Passkeys in Chromium, with the authenticator that its developer tools can play."""

import re

from playwright.sync_api import Page, expect

from tests.browser.checks import complaints


def authenticator(page: Page, *, knows_owner: bool = True) -> None:
    """Give a browser a device with passkeys."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": knows_owner, "automaticPresenceSimulation": True,
    }  # fmt: skip
    page.authenticator = tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    page.tools = tools


def test_somebody_adds_a_passkey_and_signs_in_with_it(site, open_page):
    page = open_page(site.person("keyholder"))
    authenticator(page)
    page.goto("/settings/passkeys")
    page.get_by_label("What to call it").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".rows")).to_contain_text("My phone")

    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".error[role=alert]")).to_contain_text("has a passkey for this account already")
    assert complaints(page) == []

    page.goto("/settings")
    page.get_by_role("button", name="Sign out").first.click()
    expect(page).to_have_url(re.compile("/login"))
    page.goto("/login?next=/saved")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{site.url}/saved")
    page.goto("/settings/passkeys")
    expect(page.locator(".rows")).to_contain_text("last used")
    assert page.wrong == []

    page.get_by_role("button", name="Remove My phone").click()
    expect(page.locator(".toast")).to_contain_text("does not work here any more")
    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".error[role=alert]")).to_contain_text("not accepted")


def test_a_device_that_refuses_says_what_to_do(site, open_page):
    page = open_page()
    authenticator(page, knows_owner=False)
    page.goto("/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".error[role=alert]")).to_contain_text("Try once more")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()


def test_without_scripts_the_button_is_not_there(site, open_page):
    page = open_page(scripts=False)
    page.goto("/login")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
