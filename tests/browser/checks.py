"""What holds on every page: no complaint of axe in light or dark, no error in the console, no sideways scrolling."""

from collections.abc import Iterable

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# What passes need not be described, nor sent; no rule of these looks into style sheets.
WRONG = {"resultTypes": ["violations"], "preload": False}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], **WRONG}
# In the dark nothing but colours differs.
SCHEMES = {"light": RULES, "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}, **WRONG}}
# The API's description has hundreds of calls and shapes out of one loop, each as colourful as the one before: comparing
# the colours of all took as long as twenty pages. Ten of a kind are looked at; every other rule still sees all.
ALIKE = ".prose:has(.operation) > :nth-of-type(n + 11)"
AXE = f"""{AXE_SCRIPT};
  document.querySelectorAll("{ALIKE}, {ALIKE} *").forEach((one) => one.toggleAttribute("data-alike", true));
  axe.configure({{ rules: [{{ id: "color-contrast", selector: ":not([data-alike])" }}] }});
"""
# Widths, and what is different in each; the last is for eyes that need large letters.
NARROW_AND_WIDE = (
    (320, "0"),
    (1280, "0"),
    (390, "document.documentElement.dir = 'rtl'"),
    (390, "document.documentElement.dir = 'ltr'; document.documentElement.style.fontSize = '200%'"),
)


def complaints(page: Page, rules: dict = RULES) -> list[str]:
    """Return what axe finds wrong on a page: the rule and the element."""
    if page.evaluate("!window.axe"):
        page.evaluate(AXE)
    found = page.evaluate("(rules) => axe.run(rules).then(({ violations }) => violations)", rules)
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]]


def too_wide(page: Page) -> int:
    """Return by how many pixels a page scrolls sideways; less than one where it does not."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def faults(page: Page, paths: Iterable[str], *, widths: bool = False) -> dict[str, list[str]]:
    """Visit pages and return what is wrong with those that are not right; with `widths`, on all kinds of screens."""
    wrong = {}
    for path in paths:
        page.wrong.clear()
        page.goto(path)
        found = _colours(page) + (_screens(page) if widths else [f"{too_wide(page)} too wide"] * (too_wide(page) > 0))
        found += [error for error in page.wrong if not ("nothing" in path and "404" in error)]
        if found:
            wrong[path] = found
    return wrong


def _colours(page: Page) -> list[str]:
    found = []
    for scheme, rules in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {complaint}" for complaint in complaints(page, rules)]
    return found


def _screens(page: Page) -> list[str]:
    found = []
    before = page.viewport_size
    for width, change in NARROW_AND_WIDE:
        page.set_viewport_size({**before, "width": width})
        page.evaluate(change)
        if (over := too_wide(page)) > 0:
            found.append(f"{over} too wide at {width}, {change}")
    page.set_viewport_size(before)
    return found
