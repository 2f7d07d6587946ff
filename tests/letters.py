"""The mails that a test causes, as their readers find them."""

import email
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests import make
from webapp.core import mailer

LINK = re.compile(r"http://localhost(/\S+)")


class Letters:
    """A folder into which all mails go, once the jobs are done."""

    def __init__(self, folder: Path):
        self.folder = folder

    def of(self, address: str) -> list[EmailMessage]:
        """Return what somebody found in the box, oldest first. Mails are taken out."""
        make.work()
        found = []
        for path in sorted(self.folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns):
            mail = email.message_from_bytes(path.read_bytes(), policy=default)
            if mail["To"] == address:
                found.append(mail)
                path.unlink()
        return found

    def one(self, address: str) -> EmailMessage:
        """Return the one mail that somebody found."""
        found = self.of(address)
        assert len(found) == 1, [mail["Subject"] for mail in found]
        return found[0]

    def link(self, address: str) -> str:
        """Return the path of the link in the one mail that somebody found."""
        return LINK.search(self.one(address).get_body(("plain",)).get_content()).group(1)


@contextmanager
def box(folder: Path) -> Iterator[Letters]:
    """Have all mails written into a folder meanwhile."""
    before = list(mailer._mailer)
    mailer.connect("", sender="Tintype <no-reply@example.org>", folder=str(folder), timeout=1)
    try:
        yield Letters(folder)
    finally:
        mailer._mailer[:] = before
