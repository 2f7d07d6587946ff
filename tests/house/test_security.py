"""The list of ASVS requirements is whole, and every test that it names is there."""

import ast
import re

import pytest

from tests.house.source import ROOT, tree

PAGE = (ROOT / "docs/security.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d+\.\d+\.\d+", line)
]
# How many requirements of levels 1 and 2 each section of ASVS 5.0 has, and which numbers are of level 3.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip


def numbers(row):
    return re.findall(r"\d+\.\d+\.\d+", row[0])


def test_every_requirement_of_the_first_two_levels_stands_in_the_list_once():
    listed = [number for row in ROWS for number in numbers(row)]
    wanted = [f"{section}.{number}" for section, most in SECTIONS.items() for number in range(1, most + 1)]
    assert len(wanted) == 253
    assert sorted(set(wanted) - set(listed)) == []
    assert sorted(set(listed) - set(wanted)) == []
    assert len(listed) == len(set(listed))


def test_every_requirement_has_a_test_or_says_why_not():
    bare = [row[0] for row in ROWS if "`tests/" not in row[-1] and "**no**" not in row[2] and "*read*" not in row[-1]]
    assert bare == []
    read = [row[0] for row in ROWS if "*read*" in row[-1]]
    assert len(read) < 26, "what only a reader can see is the exception"


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(tests/[^`]+)`", PAGE))))
def test_what_the_list_names_is_there(named):
    path, _, test = named.partition("::")
    assert (ROOT / path).exists()
    there = {node.name for node in ast.walk(tree(ROOT / path)) if isinstance(node, ast.FunctionDef)}
    assert not test or test in there
