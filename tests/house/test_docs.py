"""What is written for people stays true: settings, metrics, links, colours, names of the environment."""

import ast
import re

import pytest
import yaml
from pydantic_core import PydanticUndefined

from tests.house.source import ROOT, tree
from webapp.settings import Settings

OPERATIONS = (ROOT / "docs/operations.md").read_text()
PAGES = (
    "README.md",
    "SECURITY.md",
    "STYLE.md",
    "docs/design.md",
    "docs/operations.md",
    "docs/api.md",
    "docs/security.md",
)
COLOUR = re.compile(r"#[0-9a-f]{6}\b")
VARIABLE = re.compile(r"\$\{?([A-Z][A-Z0-9_]+)")

# Where the table says in words what a default of "" means.
IN_WORDS = {"": {"any", "none", "endpoint and bucket"}, PydanticUndefined: {"must be set"}}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_operator_finds_every_setting_with_its_default(name):
    row = re.search(rf"^\| `{name.upper()}` \| (.+?) \|", OPERATIONS, re.MULTILINE)
    assert row, f"docs/operations.md does not list {name.upper()}"
    default = Settings.model_fields[name].default
    written = str(default).lower() if isinstance(default, bool) else str(default)
    assert row[1] in IN_WORDS.get(default, {f"`{written}`"})


def test_the_operator_finds_every_metric():
    kinds = {"Counter", "Gauge", "Histogram"}
    calls = [node for node in ast.walk(tree(ROOT / "webapp/core/metrics.py")) if isinstance(node, ast.Call)]
    names = [call.args[0].value for call in calls if isinstance(call.func, ast.Name) and call.func.id in kinds]
    assert len(names) > 5
    assert [name for name in names if f"| `{name}` |" not in OPERATIONS] == []


def test_the_table_names_no_setting_that_is_gone():
    table = OPERATIONS.split("## 3. Settings")[1].split("## 4.")[0]
    listed = re.findall(r"^\| `([A-Z0-9_]+)` \|", table, re.MULTILINE)
    assert [name for name in listed if name.lower() not in Settings.model_fields] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_to_a_file(page):
    text = (ROOT / page).read_text()
    links = re.findall(r"(?<!!)\[[^\]]+\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_every_chapter_of_the_handbook_is_found_from_its_contents():
    chapters = re.findall(r"^## (.+)$", OPERATIONS, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in chapters}
    assert set(re.findall(r"\]\(#([^)]+)\)", OPERATIONS)) == anchors


def test_what_compose_insists_on_stands_in_the_example():
    compose = (ROOT / "docker-compose.yml").read_text()
    example = set(re.findall(r"^([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"\$\{([A-Z0-9_]+):\?", compose)) <= example
    assert example <= set(VARIABLE.findall(compose))


def test_the_image_holds_what_its_processes_read():
    let_in = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    lines = re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    copied = {name for line in lines for name in line.split()}
    assert copied <= set(let_in)
    assert {"gunicorn.conf.py", "wsgi.py", "webapp", "jobs", "static", "templates", "migrations"} <= copied


def test_in_compose_the_image_is_built_once_and_never_fetched():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    ours = {name: service for name, service in services.items() if service["image"].startswith("tintype:")}
    assert set(ours) == {"web", "worker", "cron", "migrate"}
    assert [name for name, service in ours.items() if "build" in service] == ["migrate"]
    assert {service["pull_policy"] for service in ours.values()} == {"never"}


def test_in_compose_all_processes_add_up_their_figures_in_one_folder_in_memory():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    for name in ("web", "worker", "cron"):
        service = compose["services"][name]
        assert f"metrics:{service['environment']['PROMETHEUS_MULTIPROC_DIR']}" in service["volumes"], name
    assert compose["volumes"]["metrics"]["driver_opts"]["type"] == "tmpfs"


def test_the_page_for_when_we_are_away_wears_the_colours_of_the_site():
    tokens = set(COLOUR.findall((ROOT / "static/css/tokens.css").read_text()))
    worn = set(COLOUR.findall((ROOT / "deploy/down.html").read_text()))
    assert worn
    assert worn <= tokens
