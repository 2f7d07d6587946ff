"""What makes a password too weak.

`common-passwords.txt` holds, of the 30,000 most common passwords, those of ten characters and more: shorter ones are
refused for their length. Source: the frequency list of zxcvbn (MIT licence). Digits and signs put around one of them,
around the site's name or one's own, are the first that a guesser tries: they make it no better.
"""

from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_name("common-passwords.txt")
_AROUND = "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "
_site: set[str] = {"tintype"}


def configure(site: str) -> None:
    """Set the name of the site, which is nobody's password."""
    _site.add(site.casefold().replace(" ", ""))


@cache
def _common() -> frozenset[str]:
    found = _LIST.read_text().split()
    return frozenset([*found, *(core for one in found if len(core := one.strip(_AROUND)) > 5)])


def weakness(password: str, username: str, email: str) -> str | None:
    """Return a sentence about what makes the password easy to guess, or None."""
    folded = password.casefold()
    core = folded.strip(_AROUND)
    if folded in _common() or core in _common():
        return "This is one of the passwords that everybody tries first. Choose another one."
    if {folded, core} & {username.casefold(), email.casefold(), email.partition("@")[0].casefold()} - {""}:
        return "Your password must not be your name or address."
    if core.replace(" ", "") in _site:
        return "Your password must not be the name of this site."
    return None
