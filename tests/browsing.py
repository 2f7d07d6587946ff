"""A browser for tests: it keeps cookies and sends the CSRF token, as pages do."""

from contextlib import contextmanager
from typing import Any

from flask.testing import FlaskClient

from webapp.core import db

HTMX = {"HX-Request": "true"}


class Browser(FlaskClient):
    """Flask's test client with a token."""

    csrf: str | None = None

    def carry(self, key: str) -> None:
        """Hold a session's cookie."""
        self.set_cookie("tintype_session", key)

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request; writes carry the token."""
        method = kwargs.get("method", "GET")
        if method not in ("GET", "HEAD", "OPTIONS") and kwargs.pop("token", True):
            if self.csrf is None:
                self.csrf = super().open("/api/v1/auth/csrf", method="GET").json["csrf_token"]
            kwargs["headers"] = {"X-CSRFToken": self.csrf, **dict(kwargs.get("headers") or {})}
        return super().open(*args, **kwargs)

    def part(self, path: str, **kwargs: Any) -> Any:
        """Ask as htmx does."""
        return self.open(path, headers=HTMX, **{"method": "GET", **kwargs})


@contextmanager
def counted_queries():
    """Collect the statements sent to PostgreSQL, but for what each process looks up every few seconds, whoever asks."""
    seen: list[str] = []
    with db.watched() as sent:
        yield seen
    seen += [
        statement
        for statement, _ in sent
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO"))
        and not any(now_and_then in statement for now_and_then in ("FROM site_options", "FROM announcements"))
    ]
