"""Keyword filters: what they find however it is disguised, and what they leave alone."""

import itertools

import pytest

from tests import make
from tests.browsing import counted_queries
from webapp.core import cache
from webapp.models import Filter
from webapp.policy import actions, screening
from webapp.policy.schemas import NewFilter

_NUMBER = itertools.count()


def look_for(phrase: str, action: str = "hold", *, whole: bool = True) -> None:
    """Add a filter, as an admin does."""
    admin = make.user(f"admin_{next(_NUMBER)}", role="admin")
    with make.unit():
        actions.add_filter(admin.viewer, NewFilter(phrase=phrase, action=action, whole_word=whole))


def found(text: str) -> str | None:
    """Return what would happen to a text."""
    with make.unit():
        return screening.screen(text).action


EVASIONS = {
    "plain": "spam", "case": "SpAm", "full width": "ｓｐａｍ", "accents": "ṡp̃ám̈", "stacked marks": "s̷̢p̴a̶m̵",
    "Cyrillic letters": "ѕрам", "Greek letters": "sραm", "zero width space": "sp\u200bam",
    "zero width joiner": "s\u200dpam",
    "soft hyphen": "sp\u00adam", "word joiner": "sp\u2060am", "variation selector": "sp\ufe0fam",
    "Hangul filler": "sp\u3164am", "grapheme joiner": "sp\u034fam", "right-to-left mark": "sp\u200fam",
    "tags": "sp\U000e0061am",
    "bold": "𝐬𝐩𝐚𝐦", "script": "𝓼𝓹𝓪𝓶", "double-struck": "𝕤𝕡𝕒𝕞", "circled": "ⓢⓟⓐⓜ", "black circled": "🅢🅟🅐🅜",
    "black squared": "🆂🅿🅰🅼", "regional signs": "🇸🇵🇦🇲", "small capitals": "ꜱᴘᴀᴍ", "superscript": "ˢᵖᵃᵐ",
    "marks of no script": "s\u1ab0p\u1dc4a\u20d2m\ufe20", "rings around": "s\u20ddpa\u20dem",
    "a long stroke": "sp\u0640am",
    "vowels without a sound": "s\u17b4p\u180fam",
    "a hashtag": "#spam", "an underscore": "my_spam_here", "punctuation": "“spam!”", "at the end": "No more spam.",
}  # fmt: skip
PIECES = {
    "points": "s.p.a.m", "hyphens": "s-p-a-m", "blanks": "s p a m", "points and blanks": "s . p . a . m",
    "stars": "sp*am", "slashes": "s/p/a/m", "underscores": "s_p_a_m", "inside": "antispammer",
    "pieces of full width": "ｓ．ｐ．ａ．ｍ", "an emoji between": "sp🌟am",
}  # fmt: skip
INNOCENT = ("Spa music", "spas am Abend", "span", "s pan a mat", "maps", "Tops pammy", "speak", "", "🌟", "pam")


@pytest.mark.parametrize("disguise", EVASIONS)
def test_a_word_is_found_in_every_disguise(app, disguise):
    look_for("Spam")
    assert found(f"Buy {EVASIONS[disguise]} now") == "hold"


@pytest.mark.parametrize("disguise", PIECES)
def test_a_word_taken_to_pieces_is_found_by_a_filter_for_parts_of_words(app, disguise):
    look_for("spam", whole=False)
    assert found(f"Fresh {PIECES[disguise]} here") == "hold"


@pytest.mark.parametrize("disguise", EVASIONS)
def test_a_disguised_filter_is_the_plain_one(app, disguise):
    if disguise in ("an underscore", "at the end"):
        return
    look_for(EVASIONS[disguise], whole=False)
    assert found("Buy spam now") == "hold"


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_resembles_it_is_left_alone(app, text):
    look_for("spam", whole=False)
    assert found("spam") == "hold"
    assert found(text) is None


def test_a_whole_word_is_not_found_within_another(app):
    look_for("ass")
    assert (found("You ass!"), found("A classic passage")) == ("hold", None)


def test_several_words_are_found_in_their_order(app):
    look_for("buy followers", whole=False)
    assert found("BUY   fóllowers cheap") == "hold"
    assert found("b.u.y f.o.l.l.o.w.e.r.s") == "hold"
    assert found("followers buy") is None


def test_scripts_without_blanks_are_searched_too(app):
    look_for("赌博", "hide")
    assert (found("在线赌博网站"), found("博赌")) == ("hide", None)


def test_words_of_two_fields_do_not_make_a_third(app):
    look_for("red fox", "refuse")
    with make.unit():
        assert screening.screen("red", "fox").action is None
        assert screening.screen("a", "red fox").action == "refuse"


def test_the_strongest_filter_wins_whatever_came_first(app):
    look_for("apple", "hide")
    look_for("pear", "refuse")
    look_for("plum", "hold")
    assert found("apple plum pear") == "refuse"
    assert found("apple plum") == "hold"
    assert found("an apple") == "hide"


def test_filters_cost_no_query_while_they_are_known(app):
    look_for("spam")
    assert found("spam") == "hold"
    with make.unit(), counted_queries() as sent:
        assert screening.screen("spam").action == "hold"
    assert not sent
    screening.kept.forget()  # another process, a moment later
    with make.unit(), counted_queries() as sent:
        assert screening.screen("spam").action == "hold"
        cache.drop("filters")
        screening.kept.forget()
        assert screening.screen("spam").action == "hold"
    assert len(sent) == 1


def test_a_thousand_filters_are_as_many_as_fit(app, monkeypatch):
    monkeypatch.setattr(screening, "MOST", 2)
    look_for("one")
    look_for("two")
    with pytest.raises(actions.Conflict):
        look_for("three")


def test_texts_of_any_length_and_signs_are_read(app):
    look_for("spam", whole=False)
    for text in ("\u0300" * 2000, "s." * 1000, "\U0001f1f8" * 500, "ﷺ" * 500, "a b " * 500):
        assert found(text) is None
    assert found("x " * 1000 + "spam") == "hold"


def test_a_filter_for_everything_is_refused():
    for phrase in ("!!!", "ab", "🌟🌟🌟"):
        with pytest.raises(ValueError, match="letters"):
            NewFilter(phrase=phrase, action="hold", whole_word=False)
    assert NewFilter(phrase="ab", action="hold").whole_word
    assert Filter.__table__.c.folded.unique
