"""Which views a replica may answer: those of the feed and the search that read, and no others."""

import ast

from tests.house.source import ROOT, files, functions, is_view, name


def _marks(view: ast.FunctionDef) -> set[str]:
    return {mark.attr for mark in view.decorator_list if isinstance(mark, ast.Attribute)}


def _reads(view: ast.FunctionDef) -> bool:
    return any(isinstance(mark, ast.Call) and getattr(mark.func, "attr", "") == "get" for mark in view.decorator_list)


def test_the_replica_answers_feed_and_search_and_nothing_else():
    views = [(path, view) for path in files("webapp") for view in functions(path) if is_view(view)]
    marked = {f"{name(path)}.{view.name}" for path, view in views if "may_lag" in _marks(view)}
    rooms = (ROOT / "webapp/feed", ROOT / "webapp/search")
    there = {f"{name(path)}.{view.name}" for path, view in views if path.parent in rooms and _reads(view)}
    assert marked == there
    assert len(marked) > 8
