"""Every setting: type, default, environment name (the field's name in upper case), meaning.

Read once, checked at start.
"""

import sys
from collections.abc import Iterator
from email.utils import formataddr, parseaddr
from functools import cached_property
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from webapp.core import push
from webapp.core.timeouts import GRACE, Kind

_UNFIT = 3  # the exit code by which gunicorn knows that another try would end the same way


class Settings(BaseSettings):
    """The settings of one process. Wrong ones stop it at start, with the names of what is wrong."""

    # what is wrong is named, not shown: it may be a password
    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    # The site
    secret_key: str = Field(description="Signs cookies, CSRF tokens and cursors; at least 32 characters, kept secret")
    base_url: str = Field("http://127.0.0.1:8000", description="Address under which people reach the site")
    site_name: str = Field("Tintype", description="Name shown in titles and mails")
    hsts_subdomains: bool = Field(True, description="Whether names below the site's have to use TLS, too")
    trusted_hosts: str = Field("", description="Host names answered to, comma separated; empty: any")
    trusted_proxies: int = Field(0, ge=0, le=5, description="How many proxies stand in front and set X-Forwarded-*")
    registration_open: bool = Field(True, description="Whether strangers may create an account")
    compress: bool = Field(True, description="Compress answers here; turn off behind a proxy that does it")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    slow_query_ms: int = Field(200, ge=0, description="Milliseconds from which a statement is logged as slow; 0: none")
    metrics_token: str = Field("", description="Bearer token that may read /metrics; empty: loopback alone")
    public_copy_seconds: int = Field(
        900, ge=0, le=86400, description="Seconds for which copies of public pages are kept for a bad day; 0: none"
    )
    sentry_dsn: str = Field("", description="Where Sentry takes errors: https://key@host/project; empty: nowhere")
    otel_endpoint: str = Field("", description="Where a collector takes traces by OTLP over HTTP; empty: nowhere")
    otel_share: float = Field(0.1, ge=0, le=1, description="Share of the requests, with their jobs, that are traced")
    debug: bool = Field(False, description="Reread templates and static files at each request")

    # PostgreSQL
    database_url: str = Field(description="postgresql://… of the application's role")
    migration_database_url: str = Field("", description="The same of the role that owns the tables; empty: one role")
    database_replica_url: str = Field("", description="Of a streaming replica, for feed and search; empty: none")
    db_replica_lag: float = Field(5.0, ge=0.5, le=60, description="Seconds that the replica may be behind")
    db_replica_timeout: float = Field(1.0, ge=0.1, description="Seconds that it may take before the primary is asked")
    db_pool_size: int = Field(6, ge=1, description="Connections that a process keeps")
    db_pool_overflow: int = Field(0, ge=0, description="Connections that it may open beyond these, for one use each")
    db_pool_timeout: float = Field(3.0, gt=0, description="Seconds to wait for a free connection")
    db_connect_timeout: int = Field(2, ge=1, description="Seconds to wait for a new connection")
    db_statement_timeout: float = Field(3.5, gt=0, description="Seconds that a request's statements may take")
    db_staff_timeout: float = Field(20.0, gt=0, description="The same for pages of moderators and admins")
    db_job_timeout: float = Field(20.0, gt=0, description="Seconds that one statement of a job may take")
    db_lock_timeout: float = Field(3.0, gt=0, description="Seconds that a statement may wait for a lock")
    db_waiting: int = Field(100, ge=1, description="Requests of a process that may wait for a connection")

    # Redis
    redis_url: str = Field(description="redis://… or unix://…: cache, rate limits, messenger of jobs")
    redis_timeout: float = Field(0.5, gt=0, description="Seconds to wait for Redis before doing without")

    # Object storage
    s3_endpoint_url: str = Field(description="Address of the S3 service, as seen from here and from browsers")
    s3_region: str = Field("us-east-1", description="Region that goes into signatures")
    s3_access_key: str = Field(description="Access key")
    s3_secret_key: str = Field(description="Secret key")
    s3_private_bucket: str = Field("tintype-private", description="Originals and every variant")
    s3_public_bucket: str = Field("tintype-public", description="Copies of what anyone may see")
    media_base_url: str = Field("", description="Where the public bucket is read from; empty: the endpoint itself")
    s3_connect_timeout: float = Field(1.0, gt=0, description="Seconds to wait for a connection to storage")
    s3_read_timeout: float = Field(3.0, gt=0, description="Seconds to wait for an answer of storage")

    # Mail
    mail_url: str = Field("", description="smtp:// (STARTTLS), smtps:// (TLS) or smtp+plain:// user:password@host:port")
    mail_from: str = Field("", description="Who mails come from: Name <address>; empty: no-reply at the site's host")
    mail_folder: str = Field("", description="Without MAIL_URL, mails are written into this folder; empty: dropped")
    mail_timeout: float = Field(10.0, gt=0, description="Seconds to wait for each answer of the mail server")

    # Pushes to people's devices
    vapid_private_key: str = Field("", description="Signs pushes; `flask make-push-key` makes one; empty: no pushes")
    vapid_subject: str = Field("", description="How push services reach you: mailto:… or https://…; empty: the site")
    push_local: bool = Field(False, description="Let push services lie on this machine, without TLS (tests alone)")

    # People and limits
    confirm_email: bool = Field(False, description="Whether people post and comment only with a confirmed address")
    deletion_days: int = Field(7, ge=0, description="Days in which somebody may take the deletion of an account back")
    session_hours: int = Field(24, ge=1, description="Hours a sign-in lasts after the last visit")
    session_days_stay: int = Field(30, ge=1, description="Days it lasts with “stay signed in”")
    session_days_most: int = Field(365, ge=1, description="Days after which one signs in anew, however often one comes")
    proof_minutes: int = Field(60, ge=1, le=1440, description="Minutes after which staff give their password again")
    rate_limits: bool = Field(True, description="Whether rate limits apply")
    rate_limit_scale: float = Field(1.0, gt=0, description="Multiplies every rate limit (load tests)")
    password_cost: int = Field(2, ge=1, le=10, description="Passes of argon2id over a password")
    password_megabytes: int = Field(19, ge=1, le=1024, description="Memory that this takes; over TLS at least 19")
    story_lifetime: int = Field(86400, ge=1, description="Seconds for which a story is shown (shorter for tests)")
    upload_minutes: int = Field(15, ge=1, description="Minutes that a presigned upload stays valid")
    signed_url_minutes: int = Field(15, ge=1, description="Window to which signed media addresses are rounded")

    # Background work
    worker_processes: int = Field(1, ge=1, description="Worker processes of one `python -m jobs.worker`")
    job_seconds: int = Field(25, ge=5, description="Seconds that a job may take")
    job_lease_seconds: int = Field(8, ge=4, description="Seconds after which a silent worker's job is given to another")
    decode_megabytes: int = Field(1024, ge=256, description="Address space of the process that decodes a photo")

    @classmethod
    def read(cls) -> Self:
        """Read them from the environment. Wrong ones end the process, each in a line that says what it should be."""
        try:
            return cls()
        except ValidationError as error:
            print("Settings are wrong or missing (docs/operations.md, “Settings”):", *_wrong(error), sep="\n  ",
                  file=sys.stderr, flush=True)  # fmt: skip
            raise SystemExit(_UNFIT) from error

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        """Refuse a short or well-known key."""
        if len(value) < 32 or len(set(value)) < 8:
            raise ValueError(
                "SECRET_KEY needs at least 32 random characters; make one with"
                " python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return value

    @field_validator("base_url")
    @classmethod
    def _site(cls, value: str) -> str:
        """Refuse what is no address of a site of its own: cookies, links in mails and passkeys are made of it."""
        if not _leads_somewhere(value) or urlsplit(value.rstrip("/")).path:
            raise ValueError("BASE_URL looks like https://photos.example.org, with nothing behind the name")
        return value.rstrip("/")

    @field_validator("s3_endpoint_url", "media_base_url")
    @classmethod
    def _store(cls, value: str) -> str:
        """Refuse what neither we nor browsers could reach."""
        if value and not _leads_somewhere(value):
            raise ValueError("S3_ENDPOINT_URL and MEDIA_BASE_URL look like https://media.example.org")
        return value.rstrip("/")

    @field_validator("redis_url")
    @classmethod
    def _messenger(cls, value: str) -> str:
        """Refuse what no client of Redis takes."""
        if not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("REDIS_URL looks like redis://host/0 or unix:///path?db=0")
        return value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        """Refuse a level that there is not."""
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("LOG_LEVEL is DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @field_validator("sentry_dsn", "otel_endpoint")
    @classmethod
    def _observer(cls, value: str) -> str:
        """Refuse what could not be reached."""
        if value and not _leads_somewhere(value):
            raise ValueError("SENTRY_DSN looks like https://key@host/7, OTEL_ENDPOINT like http://collector:4318")
        return value

    @field_validator("mail_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        """Refuse an address of a mail server that could not be used, or that would show its password to the network."""
        parts = urlsplit(value)
        if value and (parts.scheme not in ("smtp", "smtps", "smtp+plain") or not parts.hostname):
            raise ValueError("MAIL_URL looks like smtp://user:password@mail.example.org:587")
        if parts.scheme == "smtp+plain" and parts.username:
            raise ValueError("MAIL_URL with a password needs smtp:// or smtps://, so that nobody on the way reads it")
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_sender(cls, value: str) -> str:
        """Refuse a sender that is no address."""
        if value and ("@" not in parseaddr(value)[1] or not value.isprintable()):
            raise ValueError("MAIL_FROM looks like Tintype <no-reply@example.org>")
        return value

    @field_validator("vapid_private_key")
    @classmethod
    def _push_key(cls, value: str) -> str:
        """Refuse what is no key."""
        try:
            return value and bool(push.private_key(value)) and value
        except ValueError as error:
            raise ValueError("VAPID_PRIVATE_KEY is made by `flask --app wsgi make-push-key`") from error

    @field_validator("vapid_subject")
    @classmethod
    def _push_subject(cls, value: str) -> str:
        """Refuse what push services would refuse."""
        if value and not value.startswith(("mailto:", "https://")):
            raise ValueError("VAPID_SUBJECT looks like mailto:you@example.org or https://photos.example.org")
        return value

    @field_validator("database_url", "migration_database_url", "database_replica_url")
    @classmethod
    def _driver(cls, value: str) -> str:
        """Accept the plain postgresql:// form and name the driver; refuse what is no address of a PostgreSQL."""
        for plain in ("postgres://", "postgresql://"):
            if value.startswith(plain):
                value = "postgresql+psycopg://" + value[len(plain) :]
        if value and not _is_postgres(value):
            raise ValueError("it looks like postgresql://user:password@host/database")
        return value

    @model_validator(mode="after")
    def _passwords_cost_something(self) -> "Settings":
        """Let tests alone hash passwords cheaply."""
        if self.secure and self.password_megabytes < 19:
            raise ValueError("PASSWORD_MEGABYTES must be at least 19 where people sign in over TLS")
        return self

    @cached_property
    def waits(self) -> dict[str, Kind]:
        """How long each further kind of work may wait for PostgreSQL. Each has connections of its own."""
        staff, job, lock = self.db_staff_timeout, self.db_job_timeout, self.db_lock_timeout
        return {
            "staff": Kind(2, staff, lock, staff + GRACE),
            "job": Kind(self.db_pool_size, job, lock),
            "command": Kind(2, 0, 10),
        }

    @cached_property
    def secure(self) -> bool:
        """Whether people reach the site over TLS: cookies are then Secure and __Host-."""
        return self.base_url.startswith("https://")

    @cached_property
    def mail_sender(self) -> str:
        """Who mails come from."""
        host = urlsplit(self.base_url).hostname or "localhost"
        return self.mail_from or formataddr((self.site_name, f"no-reply@{'localhost' if ':' in host else host}"))

    @cached_property
    def push_subject(self) -> str:
        """How push services reach whoever runs this site."""
        return self.vapid_subject or (self.base_url if self.secure else f"mailto:{parseaddr(self.mail_sender)[1]}")

    @cached_property
    def public_media_url(self) -> str:
        """Base address of the public bucket, without a slash at its end."""
        return (self.media_base_url or f"{self.s3_endpoint_url}/{self.s3_public_bucket}").rstrip("/")

    @cached_property
    def media_origins(self) -> tuple[str, ...]:
        """Origins that pages load pictures from and send uploads to, for the Content-Security-Policy."""
        parts = (urlsplit(url) for url in (self.s3_endpoint_url, self.public_media_url))
        return tuple(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))


def _leads_somewhere(url: str) -> bool:
    """Tell whether this is an address of the web."""
    return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)


def _is_postgres(url: str) -> bool:
    """Tell whether this is an address of a PostgreSQL."""
    try:
        return make_url(url).drivername == "postgresql+psycopg"
    except (ArgumentError, ValueError):  # their words would show what was given: it may hold a password
        return False


def _wrong(error: ValidationError) -> Iterator[str]:
    """Write what is wrong with each setting, without what was given: it may be a password."""
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        field = str(one["loc"][0]) if one["loc"] else ""
        words = one["msg"].removeprefix("Value error, ")
        if one["type"] == "missing":
            yield f"{field.upper()} must be set: {Settings.model_fields[field].description}"
        else:
            yield words if not field or field.upper() in words else f"{field.upper()}: {words}"
