"""Headers of every answer: what a page may load, who may frame it, how long it keeps."""

from flask import Response, request

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


def dress(response: Response, csp: str, settings: Settings) -> None:
    """Put the headers on that a view has not set itself."""
    headers = response.headers
    for name, value in _FIXED.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", csp)
    if settings.secure:
        below = "; includeSubDomains" if settings.hsts_subdomains else ""
        headers.setdefault("Strict-Transport-Security", f"max-age=31536000{below}")
    if "Cache-Control" not in headers:
        # no-cache, not no-store: the Back button then restores a scrolled feed
        headers["Cache-Control"] = "private, no-store" if request.path.startswith("/api/") else "private, no-cache"
    if response.mimetype == "text/html":
        response.vary.add("HX-Request")
