"""Libraries that most processes never use, loaded when something is first asked of them: each takes 0.1 s and more.

Named at the top of a file like any import, and tests/house reads them as such. Never for modules of our own.
"""

import importlib
from typing import Any


class _Later:
    """Stands for a module; whoever asks it for a name asks the module."""

    def __init__(self, name: str):
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._name), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(importlib.import_module(self._name), name, value)


def module(name: str) -> Any:
    """Return what stands for a module until it is used."""
    return _Later(name)
