"""Mail: send one that waits."""

import textwrap
import uuid
from collections.abc import Callable
from functools import partial

import jobs
from webapp.core import log, mailer


def send(mail_id: str) -> Callable[[], None] | None:
    """Send a mail, then delete its row. Delivered twice, it has the same Message-ID twice."""
    letter = mailer.find(uuid.UUID(mail_id))
    if letter is None:
        return None
    try:
        name = f"{letter.created_at:%Y%m%d-%H%M%S}-{letter.template}-{letter.id.hex[-8:]}"
        path = letter.values.get("unsubscribe")
        message = mailer.compose(letter, *written(letter), unsubscribe=_base() + path if path else "")
        mailer.here().send(message, name=name)
    except mailer.Undeliverable as refusal:
        log.get().warning("mail dropped", template=letter.template, mail_id=mail_id, reason=str(refusal))
    return partial(mailer.forget, letter.id)


def written(letter: mailer.Letter) -> tuple[str, str, str]:
    """Return subject, plain text and HTML of a mail.

    The template's first line is the subject; an empty line parts paragraphs; a paragraph that is an address alone is
    drawn as a link of its own.
    """
    site = jobs.app()
    base = _base()
    template = site.jinja_env.get_template(f"emails/{letter.template}.txt")
    subject, _, body = template.render(**letter.values, base=base).strip().partition("\n")
    html = site.jinja_env.get_template("emails/letter.html")
    paragraphs = [" ".join(part.split()) for part in body.split("\n\n")]
    plain = "\n\n".join(
        "\n".join(textwrap.wrap(part, 72, break_long_words=False, break_on_hyphens=False))
        for part in paragraphs
        if part
    )
    return subject, f"{plain}\n", html.render(subject=subject, paragraphs=paragraphs, base=base)


def _base() -> str:
    base: str = jobs.app().config["SETTINGS"].base_url
    return base.rstrip("/")


def _drop(mail_id: str) -> None:
    mailer.forget(uuid.UUID(mail_id))


send.on_failure = _drop
