"""Where templates are drawn, and parts of pages that are drawn once for all who are shown the same.

A kept part knows what it is handed and a few constants of the site: nothing of the request, nobody's token, no
switch. So what it is handed is its key, and nobody can be shown another's. What it does not know is an error there.
"""

from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import StrictUndefined
from markupsafe import Markup

from webapp.core.cache import Memory

_MOST = 1000  # twice as many at most, of 2 to 5 KB each


class Templates(Environment):
    """Jinja as Flask sets it up, with one dictionary of globals for all templates."""

    def make_globals(self, d: Any) -> Any:
        """Return the globals as they are: Jinja would wrap them, and walk through that at each page and import."""
        return super().make_globals(d) if d else self.globals


class Parts:
    """The kept parts of one application's pages."""

    constants = ("site", "avatar")

    def __init__(self, templates: Environment):
        self._templates = templates
        self._inside: Environment | None = None
        self._kept = Memory(_MOST)

    def __call__(self, template: str, **given: Any) -> Markup:
        """Return this part for what is given, drawn if it has not been."""
        key = (template, *given.items())
        found: Markup | None = self._kept.get(key)
        if found is None:
            found = self._apart().get_template(template).make_module(given).__html__()
            if not self._templates.auto_reload:
                self._kept.put(key, found)
        return found

    def _apart(self) -> Environment:
        if self._inside is None:
            self._inside = self._templates.overlay(undefined=StrictUndefined)
            self._inside.globals = {name: self._templates.globals[name] for name in self.constants}
        return self._inside


def install(app: Flask) -> None:
    """Hand `kept` to templates."""
    app.jinja_env.globals["kept"] = Parts(app.jinja_env)
