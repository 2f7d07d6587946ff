"""Running a site in a browser, with and without scripts."""

import re

from playwright.sync_api import expect

from tests.waiting import until
from tests.whole import PASSWORD


def test_a_role_is_given_and_the_record_says_so_without_scripts(site, open_page, admin):
    site.person("rosa")
    page = open_page(admin, scripts=False)
    page.goto("/admin/users")
    page.get_by_label("Name, address or id").fill("rosa")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="@rosa").click()
    page.get_by_label("What they may do").select_option("moderator")
    page.get_by_label("Why (for the record, optional)").fill("Knows everybody")
    page.get_by_role("button", name="Save the role").click()
    expect(page.get_by_text("@rosa is a moderator now")).to_be_visible()
    page.get_by_role("link", name="Record", exact=True).last.click()
    expect(page.get_by_role("rowheader").first).to_contain_text("changed a role")
    expect(page.get_by_text("Knows everybody")).to_be_visible()


def test_the_list_goes_on_by_itself(site, open_page, admin):
    for number in range(22):
        site.person(f"crowd{number}")
    page = open_page(admin)
    page.goto("/admin/users?q=crowd&limit=10")
    rows = page.locator("#admin-rows > tr")
    expect(rows.first).to_be_visible()
    for _ in range(6):
        page.keyboard.press("End")
        page.wait_for_timeout(200)
    expect(rows).to_have_count(22)


def test_an_announcement_is_read_by_everybody_and_put_away(site, open_page, admin, people):
    page = open_page(admin)
    page.goto("/admin/announcements")
    page.get_by_label("Words").fill("We move house tonight")
    page.get_by_role("button", name="Announce").click()
    expect(page.get_by_text("Everybody sees it now")).to_be_visible()
    other = open_page(people["ben"])
    words = other.get_by_text("We move house tonight")
    until(lambda: other.goto("/about") and words.count(), "that another process hears of it")
    other.get_by_role("button", name="Put this away").click()
    expect(other.get_by_text("We move house tonight")).to_have_count(0)
    other.goto("/about")
    expect(other.get_by_text("We move house tonight")).to_have_count(0)
    assert not other.wrong
    page.get_by_role("button", name=re.compile("Remove")).first.click()
    expect(page.get_by_role("cell", name="We move house tonight")).to_have_count(0)


def test_the_password_is_asked_for_and_leads_back(site, open_page, admin):
    page = open_page(admin, scripts=False)
    page.goto("/confirm?next=/admin/jobs")
    page.get_by_label("Your password").fill("not this one")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("not right").first).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(re.compile("/admin/jobs$"))
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
