"""Mail over a real mail server, with TLS, refusals and absences; and into a folder."""

import email
import socket
import uuid
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from pydantic import ValidationError

import jobs
from tests import make
from webapp.core import clock, crypto, db, mailer, outbox
from webapp.core.errors import Unavailable
from webapp.settings import Settings

SENDER = "Tintype <no-reply@example.org>"


class Office:
    """A mail server's mind: what it took, and what it refuses."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}
        self.encrypted: list[bool] = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        """Refuse those whom a test names."""
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        """Keep the mail."""
        self.taken.append(email.message_from_bytes(envelope.content, policy=default))
        self.encrypted.append(session.ssl is not None)
        return "250 taken"


class Port(Controller):
    """A server on a port that nobody else has."""

    def factory(self):
        """Speak SMTP."""
        return SMTP(self.handler, **self.SMTP_kwargs)


@pytest.fixture
def office() -> Office:
    """What the server does."""
    return Office()


@pytest.fixture
def serve(office) -> Iterator:
    """Return a function that starts a server with the given options and returns its port."""
    running: list[Port] = []

    def start(**options) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = Port(office, hostname="127.0.0.1", port=port, **options)
        server.start()
        running.append(server)
        return port

    yield start
    for server in running:
        server.stop()


def use(url: str = "", folder: str = "") -> mailer.Mailer:
    return mailer.connect(url, sender=SENDER, folder=folder, timeout=2)


@pytest.fixture(autouse=True)
def _back():
    """Give the process its own way out back."""
    crypto.configure("k" * 16 + "0123456789abcdef")
    before = list(mailer._mailer)
    yield
    mailer._mailer[:] = before


def letter(to: str = "ana@example.org") -> mailer.Letter:
    return mailer.Letter(uuid.UUID(int=7), "x", to, {}, clock.now())


def note(to: str = "ana@example.org") -> EmailMessage:
    return mailer.compose(letter(to), "Grüße", "Schöne Bilder.\n", "<p>Schöne Bilder.</p>")


def test_a_mail_arrives_over_starttls_with_name_and_password(serve, office, certificate, monkeypatch):
    context, trusted = certificate
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    seen = []

    def admit(server, session, envelope, mechanism, data):
        seen.append(data)
        return AuthResult(success=data == LoginPassword(b"tin@type", b"p/w"))

    port = serve(tls_context=context, require_starttls=True, authenticator=admit, auth_required=True)
    use(f"smtp://tin%40type:p%2Fw@localhost:{port}").send(note(), name="x")
    mail = office.taken[0]
    assert office.encrypted == [True]
    assert len(seen) == 1
    assert (mail["Subject"], mail["To"], mail["From"]) == ("Grüße", "ana@example.org", SENDER)
    assert mail["Message-ID"] == "<00000000-0000-0000-0000-000000000007@example.org>"
    assert mail.get_body(("plain",)).get_content().strip() == "Schöne Bilder."
    assert "<p>Schöne Bilder.</p>" in mail.get_body(("html",)).get_content()
    assert mailer.here().alive()


def test_a_mail_arrives_over_tls_from_the_start(serve, office, certificate, monkeypatch):
    context, trusted = certificate
    monkeypatch.setenv("SSL_CERT_FILE", trusted)
    port = serve(ssl_context=context)
    use(f"smtps://localhost:{port}").send(note(), name="x")
    assert len(office.taken) == 1


@pytest.mark.parametrize("server", ["no TLS", "a stranger's certificate"])
def test_nothing_is_said_to_a_server_that_cannot_prove_who_it_is(serve, office, certificate, server):
    port = serve(**({} if server == "no TLS" else {"tls_context": certificate[0]}))
    with pytest.raises(Unavailable):
        use(f"smtp://localhost:{port}").send(note(), name="x")
    assert not office.taken
    use(f"smtp+plain://127.0.0.1:{port}").send(note(), name="x")  # the server does take mails
    assert len(office.taken) == 1


@pytest.mark.parametrize(
    ("answer", "error"), [("550 no such person", mailer.Undeliverable), ("451 later", Unavailable)]
)
def test_a_refusal_for_good_is_told_from_one_for_now(serve, office, answer, error):
    office.refusals["ana@example.org"] = answer
    way = use(f"smtp+plain://127.0.0.1:{serve()}")
    with pytest.raises(error):
        way.send(note(), name="x")
    way.send(note("ben@example.org"), name="x")
    assert [mail["To"] for mail in office.taken] == ["ben@example.org"]


def test_a_server_that_is_away_is_left_alone_for_a_while():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()  # takes the call and says nothing
        way = mailer.connect(f"smtp+plain://127.0.0.1:{silent.getsockname()[1]}", sender=SENDER, folder="", timeout=0.3)
        for _ in range(2):
            with pytest.raises(Unavailable):
                way.send(note(), name="x")
        before = clock.now()
        with pytest.raises(Unavailable) as refusal:
            way.send(note(), name="x")
        assert refusal.value.retry_after == 30
        assert clock.now() - before < timedelta(seconds=0.2)


@pytest.mark.parametrize(
    "address",
    ["ana@example.org\r\nBcc: ben@example.org", "ana@example.org\nX: y", "ana@example.org, ben@example.org", "ana", "",
     "Ana <ana@example.org>", "ana@example.org\0"],
)  # fmt: skip
def test_an_address_that_would_write_headers_is_refused(address):
    use(folder="unused")
    with pytest.raises(mailer.Undeliverable):
        note(address)


def test_a_subject_stays_one_line():
    use(folder="unused")
    mail = mailer.compose(letter(), "One\r\nBcc: ben@example.org", "x", "x")
    assert mail["Bcc"] is None
    assert mail["Subject"] == "One Bcc: ben@example.org"


def test_a_foreign_domain_is_written_so_that_every_server_takes_it(serve, office):
    use(f"smtp+plain://127.0.0.1:{serve()}").send(note("ana@müller.example"), name="x")
    assert office.taken[0]["To"] == "ana@xn--mller-kva.example"


def test_without_a_server_each_mail_is_a_file(tmp_path: Path):
    way = use(folder=str(tmp_path / "mail"))
    for _ in range(2):
        way.send(note(), name="once")
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == "once.eml"
    assert email.message_from_bytes(file.read_bytes(), policy=default)["To"] == "ana@example.org"
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("url", ["mail.example.org", "http://x", "smtp://", "smtp+plain://me:secret@mail.example.org"])
def test_a_setting_that_could_not_work_stops_the_start(url):
    given = {
        "secret_key": "0123456789abcdef" * 2, "database_url": "postgresql://host/x", "redis_url": "redis://host/0",
        "s3_endpoint_url": "http://host", "s3_access_key": "x", "s3_secret_key": "x",
    }  # fmt: skip
    assert Settings(**given, mail_url="smtp://me:secret@mail.example.org:2525").mail_url
    with pytest.raises(ValidationError, match="MAIL_URL"):
        Settings(**given, mail_url=url)
    with pytest.raises(ValidationError, match="MAIL_FROM"):
        Settings(**given, mail_from="Tintype")


class TestAJob:
    """A mail that waits, and the job that sends it."""

    @pytest.fixture(autouse=True)
    def _template(self, app, monkeypatch):
        crypto.configure(app.config["SECRET_KEY"])
        folder = jobs.app().jinja_env.loader
        source = "A key for {{ name }} & co\n\nHello @{{ name }}.\n\nhttp://x.example/{{ key }}\n"
        original = folder.get_source
        monkeypatch.setattr(
            folder, "get_source",
            lambda env, name: (source, None, None) if name == "emails/trial.txt" else original(env, name),
        )  # fmt: skip

    def wait(self) -> tuple[uuid.UUID, str]:
        with make.unit():
            mail_id = mailer.post("trial", "ana@example.org", name="ana", key="sesame-open")
            job_id = db.row(outbox.Outbox.__table__.select()).id
        return mail_id, str(job_id)

    def rows(self) -> list:
        with make.unit():
            return list(db.rows(mailer.table.select()))

    def test_it_is_sent_once_its_cause_is_committed_and_then_leaves_nothing(self, serve, office):
        use(f"smtp+plain://127.0.0.1:{serve()}")
        mail_id, job_id = self.wait()
        assert len(self.rows()) == 1
        assert [jobs.run(job_id) for _ in range(2)] == ["done", "nothing to do"]
        (mail,) = office.taken
        assert mail["Subject"] == "A key for ana & co"
        assert mail["Message-ID"] == f"<{mail_id}@example.org>"
        assert "http://x.example/sesame-open" in mail.get_body(("plain",)).get_content()
        html = mail.get_body(("html",)).get_content()
        assert '<a href="http://x.example/sesame-open">' in html
        assert "ana &amp; co" in html
        assert not self.rows()

    def test_while_it_waits_nobody_reads_it_in_the_database(self):
        self.wait()
        with make.unit():
            dump = repr(db.rows(mailer.table.select())) + repr(
                [(row.job, row.arguments) for row in db.rows(outbox.Outbox.__table__.select())]
            )
        assert "sesame" not in dump
        assert "ana" not in dump

    def test_a_mail_sealed_for_another_row_does_not_open(self):
        self.wait()
        with make.unit():
            sealed = db.row(mailer.table.select()).sealed
            other = mailer.keep("trial", "ben@example.org")
            db.execute(mailer.table.update().where(mailer.table.c.id == other).values(sealed=sealed))
            assert mailer.find(other) is None

    def test_it_waits_while_the_server_is_away_and_goes_out_later(self, serve, office):
        use("smtp+plain://127.0.0.1:1")
        _, job_id = self.wait()
        assert jobs.run(job_id) == "postponed"
        with make.unit():
            job = db.row(outbox.Outbox.__table__.select())
            assert (job.status, job.attempts) == ("queued", 0)
            assert job.due_at > clock.now() + timedelta(seconds=20)
        use(f"smtp+plain://127.0.0.1:{serve()}")
        assert jobs.run(job_id) == "done"
        assert len(office.taken) == 1

    def test_it_is_dropped_when_it_is_refused_for_good_or_nobody_set_mail_up(self, serve, office):
        office.refusals["ana@example.org"] = "550 no such person"
        use(f"smtp+plain://127.0.0.1:{serve()}")
        assert jobs.run(self.wait()[1]) == "done"
        assert not self.rows()

    def test_without_any_way_out_nothing_fails(self):
        use()
        assert jobs.run(self.wait()[1]) == "done"
        assert not self.rows()

    def test_one_that_waited_for_days_is_not_sent_any_more(self, serve, office):
        use(f"smtp+plain://127.0.0.1:{serve()}")
        mail_id, job_id = self.wait()
        with make.unit():
            old = clock.now() - mailer.LIFETIME - timedelta(minutes=1)
            db.execute(mailer.table.update().values(created_at=old))
        assert jobs.run(job_id) == "done"
        assert not office.taken
        with make.unit():
            assert mailer.sweep() == 1
        assert mail_id not in [row.id for row in self.rows()]
