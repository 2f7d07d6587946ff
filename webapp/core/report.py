"""Errors and traces for elsewhere, if whoever runs the site wants them: Sentry (or what speaks like it), OpenTelemetry.

Neither is loaded, and nothing is asked of a request, unless its setting is there. Both are told what the log is told:
routes, jobs, request ids, times, statements with placeholders. Of people they learn nothing, not even their ids.
"""

import atexit
import hashlib
import importlib
import time
from collections.abc import MutableMapping
from typing import Any

from webapp.core import log, statements, traces

_TAGS = ("request_id", "route", "job", "job_id", "event")
_ATTRIBUTES = {
    "request_id": "tintype.request_id", "route": "http.route", "method": "http.request.method",
    "status": "http.response.status_code", "job": "tintype.job", "outcome": "tintype.outcome",
    "attempt": "tintype.attempt", "queries": "tintype.queries", "db_ms": "tintype.db_ms",
}  # fmt: skip
_LEFT_OUT = ("user", "request", "extra", "breadcrumbs", "server_name", "modules", "message", "logentry")
_MOST_STATEMENTS, _MOST_OPEN = 200, 1000
_PATIENCE = 5  # seconds for each of their answers; nobody waits for it but a thread
_SHARE_OF = 1 << 64

Line = MutableMapping[str, Any]


def configure(*, sentry_dsn: str, otel_endpoint: str, otel_share: float) -> None:
    """Tell whom the settings name, from now on. RuntimeError if what that needs is not installed."""
    log.reporters.clear()
    log.listeners.clear()
    statements.listeners.clear()
    if sentry_dsn:
        _report_to_sentry(sentry_dsn)
    if otel_endpoint:
        spans = Spans(otel_endpoint, otel_share)
        log.listeners.append(spans.line)
        statements.listeners.append(spans.statement)


def _load(name: str, setting: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise RuntimeError(
            f"{setting} is set, and {name.partition('.')[0]} is not installed:"
            " pip install --require-hashes -r requirements-observe.txt"
        ) from error


def _report_to_sentry(dsn: str) -> None:
    sdk = _load("sentry_sdk", "SENTRY_DSN")
    sdk.init(
        dsn=dsn, default_integrations=False, auto_enabling_integrations=False, send_default_pii=False,
        include_local_variables=False, max_request_body_size="never", max_breadcrumbs=0, server_name="",
        send_client_reports=False, before_send=cleaned, shutdown_timeout=2,
    )  # fmt: skip
    atexit.register(sdk.flush, 2)

    def tell(error: BaseException, line: Line) -> None:
        with sdk.new_scope() as scope:
            for name in _TAGS:
                if line.get(name):
                    scope.set_tag(name, line[name])
            scope.capture_exception(error)

    log.reporters.append(tell)


def cleaned(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """Take out of an event for Sentry what people wrote or who they are: kinds, places and first words stay."""
    for name in _LEFT_OUT:
        event.pop(name, None)
    for one in event.get("exception", {}).get("values", ()):
        one["value"] = traces.first_words(str(one.get("value") or ""), quotes=False)
        for frame in one.get("stacktrace", {}).get("frames", ()):
            frame.pop("vars", None)
    return event


class Spans:
    """Each line about a request or a job becomes a span, when it is written; its statements lie below it.

    The trace's id is made of the request's id, so that a request and all jobs that follow from it are one trace, in
    whatever process they are. By that id it is decided, too, which share of the traces is sent.
    """

    def __init__(self, endpoint: str, share: float):
        self._share = share
        self._trace = _load("opentelemetry.trace", "OTEL_ENDPOINT")
        sdk = _load("opentelemetry.sdk.trace", "OTEL_ENDPOINT")
        export = _load("opentelemetry.sdk.trace.export", "OTEL_ENDPOINT")
        otlp = _load("opentelemetry.exporter.otlp.proto.http.trace_exporter", "OTEL_ENDPOINT")
        resources = _load("opentelemetry.sdk.resources", "OTEL_ENDPOINT")
        self.provider = sdk.TracerProvider(resource=resources.Resource.create({"service.name": "tintype"}))
        exporter = otlp.OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_PATIENCE)
        self.provider.add_span_processor(export.BatchSpanProcessor(exporter))
        self._tracer = self.provider.get_tracer("tintype")
        self._open: dict[str, list[tuple[str, int, float]]] = {}

    def statement(self, statement: str, seconds: float) -> None:
        """Keep what was sent to PostgreSQL, until the line of its request or job is written."""
        request_id = log.context().get("request_id")
        if request_id is None or not self._chosen(request_id):
            return
        if len(self._open) > _MOST_OPEN:  # of requests whose line never came
            self._open.clear()
        kept = self._open.setdefault(request_id, [])
        if len(kept) < _MOST_STATEMENTS:
            kept.append((statement, time.time_ns(), seconds))

    def line(self, line: Line) -> None:
        """Make the spans of a request or a job out of its line."""
        request_id = line.get("request_id")
        if line.get("event") not in ("request", "job") or request_id is None or not self._chosen(request_id):
            return
        sent = self._open.pop(request_id, [])
        job, end = line["event"] == "job", time.time_ns()
        name = line.get("job") if job else f"{line['method']} {line['route']}"
        kind = self._trace.SpanKind.CONSUMER if job else self._trace.SpanKind.SERVER
        about = {there: line[here] for here, there in _ATTRIBUTES.items() if line.get(here) is not None}
        span = self._tracer.start_span(
            name, self._origin(request_id), kind=kind, attributes=about,
            start_time=end - int(line.get("duration_ms", 0) * 1e6),
        )  # fmt: skip
        if line.get("status", 0) >= 500 or line.get("outcome") in ("failed", "retrying"):
            span.set_status(self._trace.StatusCode.ERROR)
        below = self._trace.set_span_in_context(span)
        for statement, ended, seconds in sent:
            self._add(statement, ended, seconds, below)
        span.end(end)

    def _add(self, statement: str, ended: int, seconds: float, below: Any) -> None:
        text = traces.squeezed(statement)
        self._tracer.start_span(
            text.partition(" ")[0], below, kind=self._trace.SpanKind.CLIENT,
            attributes={"db.system.name": "postgresql", "db.query.text": text}, start_time=ended - int(seconds * 1e9),
        ).end(ended)  # fmt: skip

    def _chosen(self, request_id: str) -> bool:
        return int.from_bytes(_digest(request_id)[24:], "big") < self._share * _SHARE_OF

    def _origin(self, request_id: str) -> Any:
        """Return what all spans of a request id lie below."""
        digest = _digest(request_id)
        where = self._trace.SpanContext(
            trace_id=int.from_bytes(digest[:16], "big"), span_id=int.from_bytes(digest[16:24], "big"), is_remote=True,
            trace_flags=self._trace.TraceFlags(1),
        )  # fmt: skip
        return self._trace.set_span_in_context(self._trace.NonRecordingSpan(where))


def _digest(request_id: str) -> bytes:
    return hashlib.blake2b(request_id.encode(), digest_size=32).digest()
