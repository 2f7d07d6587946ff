"""Headers of every answer: what a page may load, who may frame it, how long it keeps."""

from typing import Any

from flask import Response

from webapp.settings import Settings

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
}


def policy(settings: Settings) -> str:
    """Return the Content-Security-Policy of pages: own files and the photo storage, nothing inline."""
    media = " ".join(settings.media_origins)
    rules = (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", f"img-src 'self' data: blob: {media}",
        f"connect-src 'self' {media}", "manifest-src 'self'", "worker-src 'self'", "form-action 'self'",
        "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types default",
    )  # fmt: skip
    return "; ".join(rules)


class Answer(Response):
    """An answer with the headers that all have. They are put on where it is sent: what a view has set, stays.

    Werkzeug looks through all headers for each that is set, and copies them one by one before it sends them.
    """

    fixed: tuple[tuple[str, tuple[str, str]], ...] = ()  # by their names in lower case

    def get_wsgi_response(self, environ: Any) -> tuple[Any, str, list[tuple[str, str]]]:
        """Return what is sent."""
        places = {name.lower(): place for place, (name, _) in enumerate(self.headers)}
        if "content-length" in places and "location" not in places and self.status_code not in (204, 304):
            body, status, sent = self.get_app_iter(environ), self.status, list(self.headers)
        else:  # lengths and addresses that only werkzeug knows
            body, status, sent = super().get_wsgi_response(environ)
            places = {name.lower(): place for place, (name, _) in enumerate(sent)}
        sent += [pair for name, pair in self.fixed if name not in places]
        if "cache-control" not in places:
            # no-cache, not no-store: the Back button then restores a scrolled feed
            kept = "private, no-store" if environ["PATH_INFO"].startswith("/api/") else "private, no-cache"
            sent.append(("Cache-Control", kept))
        if "content-type" in places and sent[places["content-type"]][1].startswith("text/html"):
            _vary(sent, places.get("vary"), "HX-Request")
        return body, status, sent


def _vary(sent: list[tuple[str, str]], place: int | None, name: str) -> None:
    if place is None:
        sent.append(("Vary", name))
    else:
        sent[place] = ("Vary", f"{sent[place][1]}, {name}")


def answers(settings: Settings) -> type[Answer]:
    """Make the class of a site's answers."""
    fixed = {**_FIXED, "Content-Security-Policy": policy(settings)}
    if settings.secure:
        below = "; includeSubDomains" if settings.hsts_subdomains else ""
        fixed["Strict-Transport-Security"] = f"max-age=31536000{below}"
    return type("Answer", (Answer,), {"fixed": tuple((name.lower(), (name, value)) for name, value in fixed.items())})
