"""What makes a password too weak.

`common-passwords.txt` holds, of the 30,000 most common passwords, those of ten characters and more: shorter ones are
refused for their length. Source: the frequency list of zxcvbn (MIT licence).
"""

from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_name("common-passwords.txt")


@cache
def _common() -> frozenset[str]:
    return frozenset(_LIST.read_text().split())


def weakness(password: str, username: str, email: str) -> str | None:
    """Return a sentence about what makes the password easy to guess, or None."""
    folded = password.casefold()
    if folded in _common():
        return "This is one of the passwords that everybody tries first. Choose another one."
    if folded in (username.casefold(), email.casefold(), email.partition("@")[0].casefold()):
        return "Your password must not be your name or address."
    if len(set(password)) < 4:
        return "This password repeats itself. Choose one with more different characters."
    return None
