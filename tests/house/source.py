"""The house, read as syntax trees."""

import ast
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
