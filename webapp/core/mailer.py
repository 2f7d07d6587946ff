"""Mail: SMTP, and without it a folder in which each mail is a file.

A mail is a row of the same transaction as its cause, with a job that sends it (`jobs/mail.py`) and then deletes it.
To whom and what lie sealed in the row, because links in mails are keys. A mail that could not be sent within
`LIFETIME` is dropped. So a mail server that is away, or none at all, refuses nobody anything.
"""

import os
import smtplib
import ssl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import ForeignKey, Index, LargeBinary, delete
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock, crypto, db, ids, log, outbox, retention
from webapp.core.breaker import Breaker
from webapp.core.errors import Unavailable

LIFETIME = timedelta(days=2)
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_AWAY = "The mail server does not answer right now."
_RETRY = 30  # seconds
_POLICY = SMTP.clone(cte_type="7bit")  # no server on the way has to know 8-bit texts


class Mail(db.Base):
    """A mail that waits to be sent. `user_id` is whose account it is about: the mail goes with it."""

    __tablename__ = "mails"

    id: Mapped[db.Id]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[db.Time]

    __table_args__ = (
        Index("ix_mails_user_id", "user_id", postgresql_where="user_id IS NOT NULL"),
        Index("ix_mails_created_at", "created_at"),
    )


table = Mail.__table__


@dataclass(frozen=True, slots=True)
class Letter:
    """What a waiting mail says: its template, to whom, and the values that fill it."""

    id: uuid.UUID
    template: str
    to: str
    values: dict[str, Any]
    created_at: datetime


class Undeliverable(Exception):
    """This mail will never be taken. Says why in a code: the server's own words may name the address."""


def post(template: str, to: str, user_id: uuid.UUID | None = None, **values: Any) -> uuid.UUID:
    """Have `templates/emails/<template>.txt`, filled with JSON values, mailed after this unit's commit."""
    mail_id = keep(template, to, user_id, **values)
    outbox.enqueue("jobs.mail.send", mail_id)
    return mail_id


def keep(template: str, to: str, user_id: uuid.UUID | None = None, **values: Any) -> uuid.UUID:
    """Write a mail down without sending it, for a job that has to find something out first. Returns its id."""
    mail_id = ids.new()
    values = {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in values.items()}
    sealed = crypto.vault().seal(f"mail:{mail_id}", orjson.dumps([template, to, values]))
    db.add(Mail(id=mail_id, user_id=user_id, sealed=sealed, created_at=clock.now()))
    return mail_id


def find(mail_id: uuid.UUID) -> Letter | None:
    """Return a mail that waits. None if it was sent, is too old, or was sealed with another secret key."""
    columns = table.select().with_only_columns(table.c.sealed, table.c.created_at)
    row = db.row(columns.where(table.c.id == mail_id, table.c.created_at > clock.now() - LIFETIME))
    if row is None:
        return None
    try:
        template, to, values = orjson.loads(crypto.vault().open(f"mail:{mail_id}", row.sealed))
    except ValueError:
        return None
    return Letter(mail_id, template, to, values, row.created_at)


def forget(mail_id: uuid.UUID) -> None:
    """Delete a mail: it was sent, or never will be."""
    db.execute(delete(table).where(table.c.id == mail_id))


def sweep() -> int:
    """Delete mails that could not be sent in time. Returns how many."""
    return retention.delete_some(table, table.c.created_at < clock.now() - LIFETIME)


class _Later(Unavailable):
    """The server is there and does not want this one mail yet: others may pass."""


class Mailer:
    """The way out: an SMTP server behind a circuit breaker, or a folder, or nothing."""

    def __init__(self, url: str, *, sender: str, folder: str, timeout: float):
        self._server = urlsplit(url) if url else None
        self._folder = Path(folder) if folder else None
        self._timeout = timeout
        self.sender = sender
        self.domain = parseaddr(sender)[1].rpartition("@")[2]
        # one worker does everything: mails that wait for a dead server must not hold photos up
        self._breaker = Breaker(failures=2, pause=_RETRY)

    def send(self, message: EmailMessage, *, name: str) -> None:
        """Hand a mail over. Undeliverable if it is refused for good, Unavailable if the server is away.

        `name` is its file's name where there is a folder: the same one when it is sent twice.
        """
        if self._server is not None:
            if not self._breaker.enter():
                raise Unavailable(_AWAY, _RETRY)
            self._by_smtp(message)
            self._breaker.worked()
        elif self._folder is not None:
            self._into_folder(message, name)
        else:
            raise Undeliverable("not configured")

    def _by_smtp(self, message: EmailMessage) -> None:
        try:
            with self._connected() as smtp:
                smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            _refused(max(code for code, _ in error.recipients.values()), error)
        except smtplib.SMTPDataError as error:
            _refused(error.smtp_code, error)
        except (smtplib.SMTPNotSupportedError, UnicodeError) as error:
            raise Undeliverable("address not supported") from error
        except (OSError, smtplib.SMTPException) as error:  # its own settings too: they may be mended in time
            self._breaker.failed()
            log.get().warning("mail server away", error=type(error).__name__, code=getattr(error, "smtp_code", None))
            raise Unavailable(_AWAY, _RETRY) from error

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._server
        assert server is not None
        where = server.hostname or "", server.port or _PORTS[server.scheme]
        context = ssl.create_default_context()
        if server.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=self._timeout, context=context)
        else:
            smtp = smtplib.SMTP(*where, timeout=self._timeout)
        with smtp:
            try:
                if server.scheme == "smtp":
                    smtp.starttls(context=context)
                if server.username:
                    smtp.login(unquote(server.username), unquote(server.password or ""))
            except smtplib.SMTPNotSupportedError as error:  # what it can't is not this mail's fault
                raise smtplib.SMTPException(str(error)) from error
            yield smtp

    def _into_folder(self, message: EmailMessage, name: str) -> None:
        assert self._folder is not None
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f".{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_bytes(message.as_bytes())
        draft.replace(self._folder / f"{name}.eml")

    def alive(self) -> bool:
        """Tell whether mails can be handed over right now."""
        if self._server is None:
            return self._folder is not None
        try:
            with self._connected() as smtp:
                return smtp.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False


def _refused(code: int, error: Exception) -> None:
    if code >= 500:
        raise Undeliverable(f"refused with {code}") from error
    raise _Later(_AWAY, _RETRY) from error  # greylisting, a full box


def compose(letter: Letter, subject: str, plain: str, html: str, *, unsubscribe: str = "") -> EmailMessage:
    """Make the message. `unsubscribe` is the address by which the reader's program ends such mails (RFC 8058).

    Its Message-ID is the mail's own: where it arrives twice, it is known for the same.

    Undeliverable if the address would write headers of its own or name more than one reader.
    """
    try:
        address = validate_email(letter.to, check_deliverability=False)
    except EmailNotValidError as error:
        raise Undeliverable("no address") from error
    # a header with an address in it must stay in one piece: folded, it would be encoded, which no program takes for one
    message = EmailMessage(policy=_POLICY.clone(max_line_length=900) if unsubscribe else _POLICY)
    message["From"] = here().sender
    message["To"] = address.ascii_email or address.normalized
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id}@{here().domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(plain, cte=_written(plain))
    message.add_alternative(html, subtype="html", cte=_written(html))
    return message


def _written(body: str) -> str:
    """Leave what is ASCII as it is, so that whoever opens the file finds links whole."""
    return "7bit" if body.isascii() else "quoted-printable"


_mailer: list[Mailer] = []


def connect(url: str, *, sender: str, folder: str, timeout: float) -> Mailer:
    """Make the process's way out. Nothing is connected until the first mail."""
    _mailer[:] = [Mailer(url, sender=sender, folder=folder, timeout=timeout)]
    return _mailer[0]


def here() -> Mailer:
    """Return the process's way out."""
    return _mailer[0]
