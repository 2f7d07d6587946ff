"""The filters and globals of templates: times, counts, linked text, and the few things that every page uses."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, get_flashed_messages, request
from markupsafe import Markup, escape

from webapp.core import clock, ids, options, text
from webapp.settings import Settings
from webapp.web import csrf, flags, htmx
from webapp.web.viewer import viewer

LIMITS = {
    "caption": 2200, "comment": 1000, "alt": 1500, "bio": 500, "display_name": 100, "location": 255,
    "photos": 20, "photo_bytes": 10 * 1024 * 1024, "links": 5, "password_min": 10,
}  # fmt: skip
_STEPS = ((3600, 60, "min"), (86400, 3600, "h"), (604800, 86400, "d"), (31536000, 604800, "w"))
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SECTIONS = {"/messages", "/settings", "/admin"}  # with all that lies below
_PLACES = {"/", "/search", "/explore", "/new", "/notifications", "/saved"}
_LINKED = re.compile(f"{text.TAG.pattern}|{text.MENTION.pattern}")


@dataclass(frozen=True, slots=True)
class SiteNames:
    """What every page knows of the site."""

    name: str
    media: str


def install(app: Flask, settings: Settings) -> None:
    """Hand filters and globals to Jinja."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(ago=ago, plural=plural, richtext=richtext, size=size, ph=placeholder)
    app.jinja_env.globals.update(
        avatar=avatar, csrf_field=csrf.field, once_field=once_field, form_token=csrf.token, drawn=htmx.DRAWN,
        toasts=toasts, limits=LIMITS, section=section, features=features, registration_open=registration_open,
        site=SiteNames(settings.site_name, settings.media_origins[-1]),
    )  # fmt: skip
    app.context_processor(lambda: {"viewer": viewer()})


def since(moment: datetime) -> str:
    """Say in short how long ago: now, 5 min, 3 h, 2 d; a date for what is older than a year."""
    seconds = max(0, int((clock.now() - moment).total_seconds()))
    if seconds < 60:
        return "now"
    for below, size, unit in _STEPS:
        if seconds < below:
            return f"{seconds // size} {unit}"
    return f"{moment:%Y-%m-%d}"


def until(moment: datetime) -> float:
    """Return the time, in seconds of the epoch, at which `since` will say something else."""
    seconds = max(0, int((clock.now() - moment).total_seconds()))
    step = next(((below, size) for below, size, _ in _STEPS if seconds < below), None)
    if step is None:
        return float("inf")
    below, size = step
    return moment.timestamp() + min(below, (seconds // size + 1) * size)


def ago(moment: datetime) -> Markup:
    """Say how long ago, with the full date in the title: <time>3 h</time>."""
    stamp = moment.isoformat(timespec="seconds")[:19]  # a fifth of what strftime costs
    title = f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {stamp[11:16]} UTC"
    return Markup(f'<time datetime="{stamp}Z" title="{title}">{since(moment)}</time>')  # a time # nosec B704


def plural(number: int, one: str, many: str) -> str:
    """Say a count in words: 1 like, 1,234 likes."""
    return f"1 {one}" if number == 1 else f"{number:,} {many}"


def size(value: float) -> str:
    """Say how many bytes: 3.4 MB."""
    for unit in ("B", "KB", "MB", "GB"):
        if abs(value) < 1000:
            return f"{value:.0f} {unit}" if value >= 100 or unit == "B" else f"{value:.1f} {unit}".replace(".0 ", " ")
        value /= 1000
    return f"{value:.1f} TB".replace(".0 ", " ")


def richtext(value: str) -> Markup:
    """Escape text, link #tags and @names, keep line breaks."""
    parts: list[str] = []
    end = 0
    for found in _LINKED.finditer(value):
        parts.append(str(escape(value[end : found.start()])))
        parts.append(_link(found))
        end = found.end()
    parts.append(str(escape(value[end:])))
    return Markup("".join(parts).replace("\n", "<br>"))  # each part is escaped # nosec B704


def _link(found: re.Match[str]) -> str:
    tag, name = found.groups()
    if name:
        return f'<a href="/@{name.lower()}">@{name}</a>'
    return f"#{tag}" if tag.isdigit() else f'<a href="/tags/{escape(tag.casefold())}">#{escape(tag)}</a>'


def placeholder(media: Any) -> str:
    """Return the class that paints a photo's box in its colour before the photo is there."""
    return media.shade


def avatar(user: Any, size: int = 40, large: bool = False, lazy: bool = False) -> Markup:
    """Show a person's portrait, or the first letter of the name. It is decoration: the name stands beside it.

    In a long list it is `lazy`, so that the photos come first.
    """
    look = "avatar large" if large else "avatar"
    face = user.avatar
    if face is None or face.urls is None:
        letter = (user.display_name or user.username)[:1].upper()
        return Markup('<span class="%s" aria-hidden="true">%s</span>') % (look, letter)
    address = face.urls.small if large else face.urls.thumb
    when = ' loading="lazy"' if lazy else ""
    return Markup(  # our own words, and an escaped address # nosec B704
        f'<img class="{look} {face.shade}" src="{escape(address)}" alt="" width="{size}" height="{size}"{when}>'
    )


def once_field(form: Any = None) -> Markup:
    """Give a form the key under which it has its effect once (`web/once.py`); shown again, it keeps the one it had."""
    return Markup('<input type="hidden" name="key" value="%s">') % ((form or {}).get("key") or ids.new())


def section() -> str:
    """Return the way of the rail that leads here; nothing where none does."""
    path = request.path
    top = f"/{path.split('/', 2)[1]}"
    if top in _SECTIONS:
        return top
    return path if path in _PLACES or path == f"/@{viewer().username}" else ""


def features() -> frozenset[str]:
    """Return the names of the features that are there, for whoever asks."""
    return frozenset(name for name in flags.FLAGS if flags.is_on(name))


def registration_open() -> bool:
    """Tell whether a visitor may make an account without an invite."""
    return options.registration() in ("open", "approval")


def toasts() -> list[Any]:
    """Return what is to be said on this page."""
    return get_flashed_messages()
