"""The files for Prometheus and Grafana: their rules fire when they should, and ask for figures that there are."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from tests.house.source import ROOT
from webapp.core import metrics

RULES, TESTS, BOARD = ROOT / "deploy/alerts.yml", ROOT / "tests/observe", ROOT / "deploy/grafana.json"
OF_PROMETHEUS = {"up", "ALERTS"}
AWAITED = {"cron_last_success_timestamp_seconds", "counter_drift_total", "storage_findings"}
OURS = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b|\bup\b")


@pytest.fixture(scope="module")
def promtool() -> str:
    """Return where promtool is: bin/test fetches it."""
    return (
        os.environ.get("PROMTOOL")
        or subprocess.run([ROOT / "bin/_promtool"], capture_output=True, text=True, check=True).stdout.strip()
    )


def check(*command: object) -> None:
    """Run promtool; what it says is the message of a failing test."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def rules() -> list[dict]:
    """Return the alert rules."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def board() -> list[str]:
    """Return the expressions of the dashboard."""
    panels = json.loads(BOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


def figures() -> set[str]:
    """Return the names of the application's figures, as its documentation writes them."""
    known = [thing for thing in vars(metrics).values() if isinstance(thing, MetricWrapperBase)]
    return {one._name + ("_total" if one._type == "counter" else "") for one in known}


def exported() -> set[str]:
    """Return the names under which they are asked for: histograms have parts."""
    return figures() | {f"{name}_{part}" for name in figures() for part in ("bucket", "sum", "count")}


def asked(expression: str) -> set[str]:
    """Return the figures that an expression asks for: without its strings, labels, ranges and functions."""
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]', "", expression)
    bare = re.sub(r"\b(?:by|on|without|ignoring)\s*\([^)]*\)|\{[^}]*\}|\b[a-z_]+\s*(?=\()", " ", bare)
    return set(OURS.findall(bare))


@pytest.mark.parametrize("tests", sorted(TESTS.glob("alerts*.yml")), ids=lambda path: path.name)
def test_each_alert_fires_when_it_should_and_not_else(promtool, tests):
    check(promtool, "test", "rules", tests)


def test_each_alert_is_tried_in_both_ways():
    text = "".join(path.read_text() for path in TESTS.glob("alerts*.yml"))
    for rule in rules():
        name = rule["alert"]
        assert re.search(rf"alertname: {name}, exp_alerts: \[\]", text), f"{name}: when does it not fire?"
        fires = rf'alertname="{name}"|alertname: {name}\n\s+exp_alerts:\n'
        assert re.search(fires, text), f"{name}: when does it fire?"


def test_rules_and_configuration_are_valid(promtool):
    check(promtool, "check", "rules", RULES)
    check(promtool, "check", "config", "--syntax-only", ROOT / "deploy/prometheus.yml")
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "advice"}


def test_the_dashboard_is_understood_by_prometheus(promtool, tmp_path: Path):
    written = [expression.replace("$__rate_interval", "5m") for expression in board()]
    records = [{"record": f"panel:{number}", "expr": one} for number, one in enumerate(written)]
    file = tmp_path / "board.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": records}]}))
    check(promtool, "check", "rules", file)


def test_rules_and_dashboard_ask_for_figures_that_there_are():
    wanted = {name for one in [*board(), *(rule["expr"] for rule in rules())] for name in asked(one)}
    assert {"http_requests_total", "part_away", "queue_depth"} <= wanted
    assert wanted - exported() - OF_PROMETHEUS - AWAITED == set()


def test_the_dashboard_shows_all_figures():
    shown = {name.removesuffix("_bucket").removesuffix("_count") for one in board() for name in asked(one)}
    assert figures() - shown == set()
