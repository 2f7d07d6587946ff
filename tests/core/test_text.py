"""Text that comes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core import text


def test_text_is_composed_trimmed_and_has_plain_line_ends():
    assert text.clean("  e\u0301\r\nnext\r ") == "é\nnext"


@pytest.mark.parametrize("bad", ["nul\x00", "bell\x07", "lone \ud800", "\x1b[31m", "c1 \x86 control"])
def test_control_characters_are_refused(bad):
    with pytest.raises(ValueError, match="characters"):
        text.clean(bad)


def test_emoji_and_direction_marks_stay():
    family = "👨‍👩‍👧"
    assert text.clean(family) == family
    assert text.clean("\u200fשלום") == "\u200fשלום"


def test_tags_and_names_are_found():
    words = "#Fog at @Ana's, not a#tag, mail@example.org, #42, #été, #fog, https://x.org/#part @ben."
    assert text.hashtags(words) == ["fog", "été"]
    assert text.mentions(words) == ["ana", "ben"]


@given(st.text())
def test_finding_never_fails(words):
    text.hashtags(words)
    text.mentions(words)


def test_what_nobody_can_see_is_nothing():
    assert text.clean("\u200b\u200b \u202e") == ""
    assert text.clean("\u200bseen") == "\u200bseen"
