"""For operators: alive, ready, metrics."""

import hmac
import ipaddress

from flask import Blueprint, Response, abort, current_app, request

from webapp.core import cache, db, metrics, replica, storage
from webapp.web import away, json

bp = Blueprint("ops", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """Answer that this process lives. It asks nobody else."""
    return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})


@bp.get("/readyz")
def ready() -> Response:
    """Tell the truth about each part. 503 without the database; the rest degrades."""
    parts = {"database": db.alive(), "redis": cache.alive(), "storage": storage.here().alive()}
    body = {"ready": parts["database"], **{name: "ok" if up else "away" for name, up in parts.items()}}
    if replica.here():
        body["replica"] = replica.alive()
    response = Response(json.dump(body), 200 if parts["database"] else 503, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/metrics")
def prometheus() -> Response:
    """Show figures to Prometheus: from this machine, or with the token. To anybody else there is nothing here."""
    token = current_app.config["SETTINGS"].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not (hmac.compare_digest(given.encode(), token.encode()) if token and given else _from_here()):
        abort(404)
    away.measure()
    return Response(metrics.render(), mimetype="text/plain; version=0.0.4")


def _from_here() -> bool:
    """Tell whether the caller sits on this machine, with no proxy in between."""
    if "X-Forwarded-For" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
