"""What templates may hold: nothing that the content policy or a browser without scripts can't live with."""

import re

from jinja2 import Environment, nodes

from tests.house.source import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORBIDDEN = {
    "inline style": r"\sstyle=",
    "inline handler": r"\son[a-z]+=",
    "inline script": r"<script(?![^>]*\bsrc=)",
    "hx-on": r"\bhx-on",
    "js: value": r"\bjs:",
    "trigger filter": r"hx-trigger=\"[^\"]*\[",
    "boost": r"hx-boost",
    "pushed address": r"hx-push-url",
    "foreign host": r"(?:src|href)=\"https?://",
    "unescaped": r"\|\s*safe\b(?!\s*(?:if|\}|else|\)))",
}


def test_templates_hold_nothing_that_the_policy_forbids():
    wrong = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in TEMPLATES
        for what, pattern in FORBIDDEN.items()
        if re.search(pattern, path.read_text())
    ]
    assert not wrong, wrong


def test_every_post_form_carries_the_token():
    wrong = []
    for path in TEMPLATES:
        for form in re.findall(
            r"<form[^>]*method=\"post\".*?</form>|<form[^>]*method=\"post\".*?\Z", path.read_text(), re.S
        ):
            if "csrf" not in form:
                wrong.append(f"{path.relative_to(ROOT)}: {form[:80]}")
    assert not wrong, wrong


def test_colours_stand_in_the_tokens_alone():
    wrong = []
    for path in sorted((ROOT / "static" / "css").glob("*.css")):
        if path.name in ("tokens.css", "placeholders.css"):
            continue
        found = re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(", path.read_text())
        if found:
            wrong.append(f"{path.name}: {found[:3]}")
    assert not wrong, wrong


def test_a_template_imports_the_macros_that_it_calls_and_no_others():
    """An included part would also find what its page imports; then neither can be read, or used, without the other."""
    trees = {str(path.relative_to(ROOT / "templates")): Environment().parse(path.read_text()) for path in TEMPLATES}
    own = {name: {macro.name for macro in tree.find_all(nodes.Macro)} for name, tree in trees.items()}
    macros = set().union(*own.values())
    wrong = []
    for name, tree in trees.items():
        words = [word for line in tree.find_all(nodes.FromImport) for word in line.names]
        imported = {word if isinstance(word, str) else word[1] for word in words}
        called = {call.node.name for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name)}
        read = {word.name for word in tree.find_all(nodes.Name) if word.ctx == "load"}
        wrong += [f"{name} needs {word}" for word in (called & macros) - imported - own[name]]
        wrong += [f"{name} has no use for {word}" for word in imported - read]
    assert not wrong, wrong
