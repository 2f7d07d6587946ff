"""The house, read as syntax trees."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    "policy", "media", "users", "auth", "graph", "notifications", "posts", "comments", "messages", "stories", "feed",
    "search", "profiles", "account", "moderation", "admin", "live",
)  # fmt: skip
FLOORS = ("core", "models", "visibility", "web", *ROOMS)
TOP = ("bench", "demo", "embedded", "jobs", "webapp")
SCRIPTED = re.compile(r"\bfunction\b|=>|^\s*(?:(?:static|async|get|set) )*#?\w+\(.*\) \{$")  # `if (` has its space
REMARK = re.compile(r"\s*(?://|/\*|\*|$)")


def files(*folders: str) -> list[Path]:
    """Return the Python files below these folders of the project."""
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@cache
def tree(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(), str(path))


def name(path: Path) -> str:
    """Return a file's dotted name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Return the dotted names that a file imports, those of its members included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and is_lazy(node):
            yield ast.literal_eval(node.args[0])


def is_lazy(call: ast.Call) -> bool:
    """Tell whether a call names a library that is loaded when it is first used: `lazy.module("boto3")`."""
    target = call.func
    return isinstance(target, ast.Attribute) and target.attr == "module" and getattr(target.value, "id", "") == "lazy"


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    """Return all functions and methods of a file."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef))


def called(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Return what a file calls, by the last part of its name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            target = node.func
            yield (target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")), node


def is_view(function: ast.FunctionDef) -> bool:
    """Tell whether a function answers a route."""
    routes = ("get", "post", "put", "patch", "delete")
    return any(
        isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr in routes
        and isinstance(mark.func.value, ast.Name) and mark.func.value.id == "bp"
        for mark in function.decorator_list
    )  # fmt: skip


def script_functions(text: str) -> Iterator[tuple[int, int]]:
    """Return where the functions of a script begin and how many lines each has, read by their indentation.

    A function is a line with `function`, an arrow or a method's head in it and all that is indented below, up to what
    closes it. A function that is done on its line is none, and one that begins on a line with another counts with it.
    """
    lines = text.splitlines()
    depths = [len(line) - len(line.lstrip()) if line.strip() else None for line in lines]
    for at, line in enumerate(lines):
        depth, end = depths[at], at
        if depth is None or REMARK.match(line) or not SCRIPTED.search(line):
            continue
        for below, deep in enumerate(depths[at + 1 :], at + 1):
            closing = deep == depth and lines[below].lstrip()[0] in ")]}"
            if deep is not None and deep <= depth and not closing:
                break
            if deep is not None:
                end = below
        if end > at:
            yield at + 1, end - at + 1
