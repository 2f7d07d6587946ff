"""Lazy imports: libraries that most processes never use, loaded at their first use. Each takes 0.1 s or more.

Named at the top of a file like any import, and tests/house reads them as such. Never for modules of our own.
"""

import importlib
from typing import Any


class _Lazy:
    """A stand-in for a module: it imports it when one of its names is first used."""

    def __init__(self, name: str):
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._name), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(importlib.import_module(self._name), name, value)


def module(name: str) -> Any:
    """Return a stand-in for a library, which is imported when it is first used."""
    return _Lazy(name)
