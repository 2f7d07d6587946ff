"""Styles, scripts and icons: read once, held compressed, served under a version that never changes its content.

One version for the whole tree keeps relative imports between modules working. The component style sheets are joined
into one, all but that of staff; `@layer` makes their order irrelevant.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request
from markupsafe import Markup

ROOT = Path(__file__).parents[2] / "static"
_FIRST = ("tokens.css", "reset.css", "base.css")
_LAST = ("utilities.css",)
_SHEET = "css/tintype.css"
_APART = ("admin.css",)  # loaded by the pages of staff alone
_PLAIN = ("text/", "application/json", "application/manifest", "image/svg")

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")

bp = Blueprint("assets", __name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent."""

    body: bytes
    packed: bytes | None
    mimetype: str


class Assets:
    """All static files of one version."""

    def __init__(self, root: Path = ROOT):
        self.files = {
            str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
        }
        self.files[_SHEET] = self._sheet()
        digest = hashlib.sha256()
        for name in sorted(self.files):
            digest.update(name.encode() + b"\0" + self.files[name])
        self.version = digest.hexdigest()[:10]
        self.find = lru_cache(maxsize=512)(self._find)

    def _sheet(self) -> bytes:
        names = [name.removeprefix("css/") for name in self.files if name.startswith("css/") and name != _SHEET]
        middle = sorted(name for name in names if name not in _FIRST + _LAST + _APART)
        order = [name for name in (*_FIRST, *middle, *_LAST) if name in names]
        return b"\n".join(self.files[f"css/{name}"] for name in order)

    def _find(self, name: str) -> Asset | None:
        body = self.files.get(name)
        if body is None:
            return None
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        packed = gzip.compress(body, 9, mtime=0) if kind.startswith(_PLAIN) and len(body) > 300 else None
        return Asset(body, packed, kind)


_assets: list[Assets] = []


def install(app: Flask) -> None:
    """Read the files and make their addresses known to templates."""
    _assets[:] = [Assets()]
    app.register_blueprint(bp)
    # Filters, not functions: of constants Jinja makes constants when it compiles a template, so that they cost nothing.
    app.jinja_env.filters.update(asset=url, icon=icon)
    if app.debug:
        app.jinja_env.optimized = False
        app.before_request(lambda: _assets.__setitem__(0, Assets()))


def url(name: str) -> str:
    """Return the address of a file: it may be kept for ever."""
    return f"/static/{_assets[0].version}/{name}"


def icon(name: str) -> Markup:
    """Return an icon of the sprite. It is decoration: the words stand beside it."""
    return Markup(f'<svg class="icon" aria-hidden="true"><use href="{url("icons/sprite.svg")}#{name}"></use></svg>')  # nosec B704


@bp.get("/static/<version>/<path:name>")
def static(version: str, name: str) -> Response:
    """Serve a file. Under its version it never changes; without one it is asked for anew."""
    if version == _assets[0].version:
        return send(name, "public, max-age=31536000, immutable")
    return send(f"{version}/{name}", "no-cache")


@bp.get("/static/<name>")
def top(name: str) -> Response:
    """Serve a file of the root of the tree."""
    return send(name, "no-cache")


@bp.get("/sw.js")
def service_worker() -> Response:
    """Serve the service worker, for the whole site."""
    response = send("sw.js", "no-cache")
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """Serve the manifest that makes the site installable."""
    return send("manifest.webmanifest", "public, max-age=3600")


@bp.get("/favicon.ico")
def favicon() -> Response:
    """Serve the icon to those who ask by the old name."""
    return send("icons/icon-192.png", "public, max-age=86400")


@bp.get("/robots.txt")
def robots() -> Response:
    """Let profiles, posts and the two doors be found; `/login?next=…` is the same door many times."""
    lines = (
        "User-agent: *",
        "Disallow: /api/",
        "Disallow: /settings",
        "Disallow: /login?",
        "",
    )
    return Response("\n".join(lines), mimetype="text/plain")


def send(name: str, cache_control: str) -> Response:
    """Send a file, compressed where the browser takes it."""
    found = _assets[0].find(name)
    if found is None:
        abort(404)
    packed = found.packed is not None and "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(found.packed if packed else found.body, mimetype=found.mimetype)
    response.headers["Cache-Control"] = cache_control
    response.set_etag(hashlib.sha256(found.body).hexdigest()[:20])
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    if found.packed is not None:
        response.headers["Vary"] = "Accept-Encoding"
    return response.make_conditional(request)
