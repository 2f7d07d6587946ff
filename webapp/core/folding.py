"""Words as searches compare them: without case, accents and width; and what lies one slip of the finger beside them."""

import re
import unicodedata
from functools import lru_cache

LONGEST = 60  # characters of a word that are compared
# What no decomposition takes apart, although people type it plainly.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
# Scripts without spaces between words: each sign is a word, and a text with all signs of the query is found.
_UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_ACCENTS_BELOW = 0x0700  # marks of Latin, Greek, Cyrillic, Hebrew, Arabic; further on they are vowels, not ornaments
_HEAD = 5


class _Signs(dict[int, str]):
    """What becomes of each sign when a text is taken apart; looked up once a sign."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        kind = unicodedata.category(sign)
        found = f" {sign} " if _UNSPACED.match(sign) else sign if kind[0] in "LMN" or sign == "_" else " "
        return self.setdefault(code, found)


class _Accents(dict[int, str]):
    """What is left of each sign of a decomposed text."""

    def __missing__(self, code: int) -> str:
        ornament = code < _ACCENTS_BELOW and unicodedata.category(chr(code)) == "Mn"
        return self.setdefault(code, "" if ornament else chr(code))


_signs, _accents = _Signs(), _Accents()


def fold(value: str) -> str:
    """Return the text in lower case, without accents and wide forms: "Ångström Łódź" is "angstrom lodz"."""
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value).casefold()).translate(_accents)
    return unicodedata.normalize("NFKC", bare).translate(_PLAIN)


def plain(value: str) -> str:
    """Return the text folded, with nothing but single spaces between its words: two that agree in it say the same."""
    return " ".join(fold(value).translate(_signs).split())


# Letters that look like Latin ones: Cyrillic, Greek, small capitals; and what fills a place without being seen.
_ALIKE = dict(zip("авекмнорстухіјѕԁԛԝһӏɡαβεηικνορτυχω", "abekmhopctyxijsdqwhlgabenikvoptuxw", strict=True))
_ALIKE |= dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢɑıⅼ", "abcdefghijklmnopqrstuvwyzail", strict=True))
_ALIKE |= {chr(first + place): chr(97 + place) for first in (0x1F150, 0x1F170, 0x1F1E6) for place in range(26)}
# Marks of no script, which fit above, below and through any letter; and what only makes a word longer.
_ORNAMENTS = ((0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F), (0x0640, 0x0640))
_BLANK = "\u3164\u115f\u1160\uffa0\u2800\u034f\u180b\u180c\u180d\u180f\u17b4\u17b5"


class _Seen(dict[int, str | None]):
    """What is left of each sign of a text that may pretend to be another one."""

    def __missing__(self, code: int) -> str | None:
        sign = chr(code)
        unseen = unicodedata.category(sign) in ("Cf", "Me") or sign in _BLANK or 0xFE00 <= code <= 0xFE0F
        ornament = any(first <= code <= last for first, last in _ORNAMENTS)
        gone = unseen or ornament or 0xE0100 <= code <= 0xE01EF
        return self.setdefault(code, None if gone else _ALIKE.get(sign, sign))


_seen = _Seen()


def _as_seen(value: str) -> str:
    seen = unicodedata.normalize("NFKD", value).translate(_seen)
    return fold(seen).translate(_seen).replace("_", " ")


def disguised(value: str) -> str:
    """Return the text as `plain` does, and as it looks to a reader.

    Letters of other alphabets that look like Latin ones are these, signs that nobody sees are gone, and an underscore
    parts words.
    """
    return " ".join(_as_seen(value).translate(_signs).split())


def pressed(value: str) -> str:
    """Return the same with what was put between letters to hide a word taken out: "s.p.a.m", "s p a m" are "spam".

    Blanks between words stay, or the end of one and the beginning of the next would make a third.
    """
    found: list[str] = []
    single = False
    for part in _as_seen(value).split():
        word = part.translate(_signs).replace(" ", "")
        if single and len(word) == 1:
            found[-1] += word
        elif word:
            found.append(word)
        single = len(word) == 1 or (single and not word)
    return " ".join(found)


def tokens(value: str) -> list[str]:
    """Return the words of a text, folded, in their order, each once."""
    return list(dict.fromkeys(word[:LONGEST] for word in plain(value).split()))


def words(value: str) -> list[str]:
    """Return what a text is to be found by: its words, and the parts of those that an underscore joins."""
    found = tokens(value)
    return list(dict.fromkeys([*found, *(part for word in found for part in word.split("_") if part)]))


def _shorter(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


@lru_cache(maxsize=4096)
def neighbours(word: str) -> frozenset[str]:
    """Return the keys of a word: those of a mistyped beginning (`sought`) have one in common with them.

    Two words that one slip parts (a letter too many, missing, another, or two that changed places) are the same after
    each has lost one letter at most. The beginnings of four and five letters are enough: what comes later is compared
    by `slips`.
    """
    if len(word) < 4:
        return frozenset({word} if len(word) == 3 else ())
    return frozenset({word[:4]} | _shorter(word[:4]) | (_shorter(word[:_HEAD]) if len(word) >= _HEAD else set()))


def sought(word: str) -> set[str]:
    """Return the keys under which a word that may be mistyped is looked for; none for a short one."""
    return {word[:_HEAD]} | _shorter(word[:_HEAD]) if len(word) >= 4 else set()


def slips(typed: str, word: str) -> int:
    """Return how many slips part what was typed from the beginning of a word (optimal string alignment)."""
    rows = [list(range(len(word) + 1))]
    for i, sign in enumerate(typed, 1):
        row = [i]
        for j, other in enumerate(word, 1):
            best = min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (sign != other))
            if i > 1 and j > 1 and sign == word[j - 2] and typed[i - 2] == other:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return min(rows[-1])


def forgiven(typed: str, word: str) -> int:
    """Return how many slips are forgiven: none in short words, nor in the first of four letters; two from eight on."""
    if len(typed) < 4 or (len(typed) == 4 and typed[0] != word[:1]):
        return 0
    return 1 if len(typed) < 8 else 2
