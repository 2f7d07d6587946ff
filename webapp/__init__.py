"""Tintype: photo sharing that a community runs for itself."""

from datetime import timedelta
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import rooms
from webapp.account import actions as account_actions
from webapp.auth import actions as auth_actions
from webapp.core import (
    cache,
    crypto,
    db,
    gate,
    log,
    mailer,
    options,
    outbox,
    page,
    push,
    replica,
    report,
    sessions,
    statements,
    storage,
)
from webapp.media import actions as media_actions
from webapp.policy import joining
from webapp.settings import Settings
from webapp.stories import actions as story_actions
from webapp.web import assets, away, csrf, drawing, edge, filters, openapi, ops, paths, problems, site, viewer


def create_app(settings: Settings | None = None) -> edge.Site:
    """Make the app: settings → extensions → edge → rooms."""
    settings = settings or Settings.read()
    log.configure(settings.log_level)
    report.configure(
        sentry_dsn=settings.sentry_dsn, otel_endpoint=settings.otel_endpoint, otel_share=settings.otel_share
    )
    connect(settings)
    app = edge.Site(
        "tintype", title=settings.site_name, version="1", json_errors=False, docs_path=None,
        spec_path="/api/v1/openapi.json", static_folder=None, template_folder="../templates", root_path=__path__[0],
    )  # fmt: skip
    app.url_rule_class = paths.Rule
    app.config.update(_flask(settings))
    app.debug = settings.debug
    viewer.install(app)
    csrf.install(app)
    filters.install(app, settings)
    drawing.install(app)
    problems.install(app)
    edge.install(app, settings)
    away.install(app)
    assets.install(app)
    app.register_blueprint(ops.bp)
    app.register_blueprint(site.bp)
    rooms.install(app)
    openapi.install(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
    return app


def connect(settings: Settings) -> None:
    """Tell `core` where its outside things are. Nothing is connected until it is used."""
    db.connect(
        settings.database_url, size=settings.db_pool_size, overflow=settings.db_pool_overflow,
        wait=settings.db_pool_timeout, connect_timeout=settings.db_connect_timeout,
        statement_timeout=settings.db_statement_timeout, lock_timeout=settings.db_lock_timeout, kinds=settings.waits,
    )  # fmt: skip
    gate.most_waiting[:] = [settings.db_waiting]
    statements.configure(slow_ms=settings.slow_query_ms)
    replica.connect(
        settings.database_replica_url, lag=settings.db_replica_lag, patience=settings.db_replica_timeout,
        size=settings.db_pool_size, overflow=settings.db_pool_overflow, wait=min(settings.db_pool_timeout, 0.5),
        connect_timeout=settings.db_connect_timeout,
    )  # fmt: skip
    cache.connect(settings.redis_url, settings.redis_timeout)
    storage.connect(_access(settings))
    mailer.connect(
        settings.mail_url, sender=settings.mail_sender, folder=settings.mail_folder, timeout=settings.mail_timeout
    )
    push.configure(settings.vapid_private_key, subject=settings.push_subject, local=settings.push_local)
    crypto.configure(settings.secret_key)
    page.configure(crypto.Signer(settings.secret_key))
    outbox.configure(seconds=settings.job_seconds, lease=settings.job_lease_seconds)
    options.configure(registration_open=settings.registration_open)
    joining.configure(crypto.Signer(settings.secret_key), url=settings.base_url)
    auth_actions.configure(
        passes=settings.password_cost,
        megabytes=settings.password_megabytes,
        site=settings.site_name,
        url=settings.base_url,
        guesses_scale=settings.rate_limit_scale,
    )
    account_actions.configure(days=settings.deletion_days)
    story_actions.configure(lifetime=settings.story_lifetime)
    media_actions.configure(upload_minutes=settings.upload_minutes)
    sessions.configure(
        hours=settings.session_hours, days_stay=settings.session_days_stay, days_most=settings.session_days_most,
        proof_minutes=settings.proof_minutes,
    )  # fmt: skip


def _flask(settings: Settings) -> dict[str, Any]:
    hosts = [name.strip() for name in settings.trusted_hosts.split(",") if name.strip()]
    return {
        "SETTINGS": settings,
        "SIGNER": crypto.Signer(settings.secret_key),
        "SECRET_KEY": settings.secret_key,
        "SESSION_COOKIE_NAME": "__Host-tintype_form" if settings.secure else "tintype_form",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "TRUSTED_HOSTS": hosts or None,
        "TEMPLATES_AUTO_RELOAD": settings.debug,
        "MAX_FORM_PARTS": 200,
    }


def _access(settings: Settings) -> storage.Access:
    return storage.Access(
        endpoint=settings.s3_endpoint_url, region=settings.s3_region, key=settings.s3_access_key,
        secret=settings.s3_secret_key, private=settings.s3_private_bucket, public=settings.s3_public_bucket,
        public_url=settings.public_media_url, connect_timeout=settings.s3_connect_timeout,
        read_timeout=settings.s3_read_timeout, window=timedelta(minutes=settings.signed_url_minutes),
    )  # fmt: skip
