"""What text may come in: NFC, no control characters, lengths in code points. One place for every way in."""

import re
import unicodedata

TAG = re.compile(r"(?<![\w#&/])#(\w{1,100})(?!\w)")
MENTION = re.compile(r"(?<![\w@/.])@([a-zA-Z0-9_]{3,30})(?!\w)")
# Zero-width joiners and direction marks are part of emoji and of right-to-left writing: they stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(value: str) -> str:
    """Return the text in NFC, trimmed, with plain line ends; "" if nothing can be seen. ValueError for controls."""
    value = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _CONTROL.search(value):
        raise ValueError("This contains characters that can't be shown. Remove them.")
    if value and all(unicodedata.category(sign) in ("Cf", "Zs", "Zl", "Zp") for sign in value):
        return ""  # only marks that nobody sees
    return unicodedata.normalize("NFC", value)


def carries_control(value: str) -> bool:
    """Tell whether the text holds NUL, lone surrogates or other control characters."""
    return _CONTROL.search(value) is not None


def hashtags(text: str) -> list[str]:
    """Return the hashtags in order of appearance, folded to lower case, each once; all-digit ones are numbers."""
    found = (tag.casefold() for tag in TAG.findall(text) if not tag.isdigit())
    return list(dict.fromkeys(unicodedata.normalize("NFC", tag) for tag in found))


def mentions(text: str) -> list[str]:
    """Return the mentioned user names in order of appearance, in lower case, each once."""
    return list(dict.fromkeys(name.lower() for name in MENTION.findall(text)))
