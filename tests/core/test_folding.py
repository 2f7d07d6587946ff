"""Words as searches compare them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.folding import fold, forgiven, neighbours, slips, sought, tokens, words

LETTERS = "abcdeghinorst"
NAMES = st.text(LETTERS, min_size=4, max_size=12)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Ångström", "angstrom"), ("Łódź", "lodz"), ("Straße", "strasse"), ("Ærø", "aero"), ("ＦＵＬＬ", "full"),
        ("İstanbul", "istanbul"), ("ΆΣΦΑΛΤΟΣ", "ασφαλτοσ"), ("Ёлка", "елка"), ("한국", "한국"), ("が", "が"),
        ("हिन्दी", "हिन्दी"), ("مُحَمَّد", "محمد"),
    ],
)  # fmt: skip
def test_case_accents_and_width_do_not_count(written, folded):
    assert fold(written) == folded


@given(st.text())
def test_folding_twice_is_folding_once(value):
    assert fold(fold(value)) == fold(value)
    assert tokens(" ".join(tokens(value))) == tokens(value)


def test_a_text_falls_into_words():
    assert tokens("Blue hour, again: blue_hour! 東京 35mm") == [
        "blue",
        "hour",
        "again",
        "blue_hour",
        "東",
        "京",
        "35mm",
    ]
    assert words("ana_lima") == ["ana_lima", "ana", "lima"]
    assert words("…") == []


def mistyped(name: str, slip: str, place: int, letter: str) -> str:
    """Make one slip."""
    place %= len(name)
    if slip == "swap":
        place = min(place, len(name) - 2)
        return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    return name[:place] + {"drop": "", "other": letter, "more": name[place] + letter}[slip] + name[place + 1 :]


@given(NAMES, st.sampled_from(["swap", "drop", "other", "more"]), st.integers(0, 20), st.sampled_from(LETTERS))
def test_one_slip_in_a_name_still_leads_to_it(name, slip, place, letter):
    typed = mistyped(name, slip, place, letter)
    assert slips(typed, name) <= 1
    if len(typed) >= 4:
        assert sought(typed) & neighbours(name)
        assert slips(typed, name) <= forgiven(typed, name) or len(typed) == 4


@given(NAMES, st.sampled_from(["swap", "drop", "other", "more"]), st.integers(0, 20), st.sampled_from(LETTERS))
def test_while_it_is_being_typed_too(name, slip, place, letter):
    typed = mistyped(name[: max(4, len(name) - 2)], slip, place, letter)
    if len(typed) >= 4:
        assert sought(typed) & neighbours(name)
        assert slips(typed, name) <= 1


def test_other_names_stay_away():
    assert slips("anna", "berta") > forgiven("anna", "berta")
    assert slips("marta", "martina") == 1  # "mart", and one letter too many
    assert slips("johannes", "yohanes") == 2
    assert slips("fang", "angstrom") > forgiven("fang", "angstrom")
    assert forgiven("ann", "anna") == 0
