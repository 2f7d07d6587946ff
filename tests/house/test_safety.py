"""What must not be written, whoever writes it: rules that a reader could miss once, held by reading the code."""

import ast
import re

from tests.house.source import ROOT, called, files, functions, imports, is_view, name, tree

OURS = ("webapp", "jobs")
ALL = (*OURS, "embedded", "demo", "bench", "migrations")
SCRIPTS = sorted([*(ROOT / "static/js").glob("*.js"), *(ROOT / "static").glob("*.js")])

# Where a piece of SQL holds a name of our own: a table's, a number, a state. Never what somebody typed.
NAMED_SQL = {
    "webapp.core.columns": 1, "webapp.core.retention": 1, "webapp.visibility.standing": 1, "webapp.feed.candidates": 1,
    "webapp.search.queries": 1,
}  # fmt: skip
# Markup is made of parts that are escaped, or of our own words, and nowhere else.
MARKUP = {"webapp.web.filters", "webapp.web.assets", "webapp.web.csrf", "webapp.web.htmx", "webapp.web.openapi"}
SAFE = {"shared/_more.html", "messages/_earlier.html"}  # an attribute of our own, or nothing
# What goes out: each by its one file, with a limit on the time it may take.
WAYS_OUT = {"webapp.core.mailer": {"smtplib"}, "webapp.core.push": {"http", "socket"}}
# What starts programs: decoders, under limits and as nobody; PostgreSQL's own, for the commands of who runs the site.
RUNS = {"webapp.media.confine", "webapp.commands.machine"}
NETWORK = {"requests", "urllib3", "httpx", "aiohttp", "smtplib", "socket", "http", "ftplib", "telnetlib"}
DANGEROUS = {"eval", "exec", "compile", "__import__", "system", "popen", "loads_pickle", "mktemp"}
UNWISE = {"pickle", "marshal", "shelve", "dill", "yaml", "xml", "telnetlib", "crypt", "imp"}
# What a log line must not be given, by whatever name it goes.
UNSAID = {
    "form", "json", "data", "args", "cookies", "headers", "get_data", "get_json", "body", "content", "caption", "query",
    "password", "token", "secret", "full_path", "query_string", "path", "url", "text", "email",
}  # fmt: skip
SAID = {("webapp.core.statements", "text")}  # a slow statement's text, which holds names of values and none of them
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
# Views that take a POST without a form's token: the address is a key that mail programs press, or nothing is changed.
KEYED = {"webapp.users.pages.unsubscribe", "webapp.web.site.share"}


def is_constant(node: ast.expr) -> bool:
    """Tell whether an expression is text that stands in the source."""
    if isinstance(node, ast.BinOp):
        return is_constant(node.left) and is_constant(node.right)
    return isinstance(node, ast.Constant)


def test_no_sql_is_put_together_from_strings():
    wrong, named = [], {}
    for path in files(*OURS):
        for what, call in called(path):
            if what in ("text", "exec_driver_sql") and call.args and not is_constant(call.args[0]):
                wrong.append(f"{name(path)}:{call.lineno}")
            if what == "literal_column" and not is_constant(call.args[0]):
                named[name(path)] = named.get(name(path), 0) + 1
    assert not wrong, wrong
    assert named == NAMED_SQL


def test_sql_goes_out_by_the_database_s_file_alone():
    wrong = [
        f"{name(path)} imports {module}"
        for path in files(*OURS)
        for module in imports(path)
        if module.split(".")[0] in ("psycopg", "psycopg2") and not name(path).startswith("webapp.core.")
    ]
    assert not wrong, wrong


def test_markup_is_made_in_a_few_files_alone():
    made = {name(path) for path in files(*OURS) for what, _ in called(path) if what == "Markup"}
    assert made == MARKUP
    templates = {str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("*")
                 if path.is_file() and re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text())}  # fmt: skip
    assert templates == SAFE
    assert not [name(path) for path in files(*OURS) for what, _ in called(path) if what == "render_template_string"]


def test_nothing_is_run_and_nothing_read_that_could_be_code():
    wrong = []
    for path in files(*OURS):
        wrong += [f"{name(path)} imports {module}" for module in imports(path) if module.split(".")[0] in UNWISE]
        runs = [module for module in imports(path) if module.split(".")[0] == "subprocess"]
        wrong += [f"{name(path)} imports {module}" for module in runs if name(path) not in RUNS]
        for what, call in called(path):
            plain = isinstance(call.func, ast.Name) or (
                isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "os"
            )
            if what in DANGEROUS and plain:
                wrong.append(f"{name(path)}:{call.lineno} calls {what}")
    assert not wrong, wrong


def test_no_shell_reads_a_command_of_ours():
    wrong = [
        f"{name(path)}:{call.lineno}"
        for path in files(*ALL, "tests")
        for what, call in called(path)
        if any(word.arg == "shell" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
               for word in call.keywords) or (what == "system" and getattr(call.func, "value", None) is not None
               and getattr(call.func.value, "id", "") == "os")
    ]  # fmt: skip
    assert not wrong, wrong


def test_what_goes_out_goes_by_one_file_and_waits_for_no_answer_for_ever():
    wrong = []
    for path in files(*OURS):
        allowed = WAYS_OUT.get(name(path), set())
        used = {module.split(".")[0] for module in imports(path)} & NETWORK
        wrong += [f"{name(path)} imports {module}" for module in used - allowed]
        for what, call in called(path):
            given = {word.arg for word in call.keywords}
            if what in ("SMTP", "SMTP_SSL", "urlopen") and "timeout" not in given:
                wrong.append(f"{name(path)}:{call.lineno} {what} without a timeout")
            if what == "create_connection" and len(call.args) < 2 and "timeout" not in given:
                wrong.append(f"{name(path)}:{call.lineno} {what} without a timeout")
            if what in ("from_url", "RedisStorage") and "socket_timeout" not in given:
                wrong.append(f"{name(path)}:{call.lineno} {what} without a timeout")
            if what == "client" and getattr(call.func, "value", None) is not None and "config" not in given:
                wrong += [f"{name(path)}:{call.lineno} S3 without limits"] if "boto3" in ast.dump(call.func) else []
    assert not wrong, wrong


def test_tests_do_not_wait_for_ever_either():
    verbs = {"get", "post", "put", "patch", "delete", "request", "head"}
    wrong = [
        f"{name(path)}:{call.lineno}"
        for path in files("tests", "bench", "demo")
        for what, call in called(path)
        if what in verbs and isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "requests"
        and not {"timeout", None} & {word.arg for word in call.keywords}
    ]  # fmt: skip
    assert not wrong, wrong


def test_certificates_are_always_looked_at():
    forbidden = re.compile(r"verify\s*=\s*False|CERT_NONE|check_hostname\s*=\s*False|_create_unverified_context")
    here = (ROOT / "tests/house/test_safety.py",)
    wrong = [name(path) for path in files(*ALL, "tests") if path not in here and forbidden.search(path.read_text())]
    assert not wrong, wrong


def test_no_log_line_is_given_what_people_sent():
    wrong = []
    for path in files(*OURS):
        for what, call in called(path):
            if what not in LEVELS or "log" not in ast.dump(call.func):
                continue
            given = [*call.args[1:], *(word.value for word in call.keywords)]
            said = {part.attr for value in given for part in ast.walk(value) if isinstance(part, ast.Attribute)}
            said |= {part.id for value in given for part in ast.walk(value) if isinstance(part, ast.Name)}
            said |= {word.arg for word in call.keywords if word.arg}
            told = {one for one in said & UNSAID if (name(path), one) not in SAID}
            wrong += [f"{name(path)}:{call.lineno} says {one}" for one in told]
    assert not wrong, wrong


def test_views_lead_on_within_the_site_alone():
    """`htmx.go` and `htmx.part` get a path that begins in our source, or one that `htmx.local` let pass."""
    wrong = []
    for path in files("webapp"):
        wrong += [
            f"{name(path)}:{call.lineno} redirects by itself" for what, call in called(path)
            if what == "redirect" and name(path) not in ("webapp.web.htmx", "webapp.web.viewer", "webapp.stories.pages")
        ]  # fmt: skip
        wrong += [
            f"{name(path)}:{call.lineno} leads elsewhere" for what, call in called(path)
            if what == "go" and isinstance(call.func, ast.Attribute) and not stays(call.args[0])
        ]  # fmt: skip
    assert not wrong, wrong


def stays(node: ast.expr) -> bool:
    """Tell whether an expression is a path of this site."""
    match node:
        case ast.Constant(value=str(path)):
            return path.startswith("/") and not path.startswith("//")
        case ast.JoinedStr(values=[ast.Constant(value=str(path)), *_]):
            return path.startswith("/") and (len(path) > 1 and path[1] not in "/\\")
        case ast.IfExp(body=one, orelse=other):
            return stays(one) and stays(other)
        case ast.Call(func=ast.Attribute(attr="local" | "came_from")):
            return True
        case ast.Attribute(value=ast.Call(func=ast.Attribute(attr="read")), attr="path"):
            return True  # of a notification: made by `notifications/shapes.py`
        case _:
            return False


def test_views_that_take_no_token_are_these():
    keyed = {
        f"{name(path)}.{view.name}"
        for path in files("webapp")
        for view in functions(path)
        if is_view(view) and any(getattr(mark, "attr", "") == "keyed" for mark in view.decorator_list)
    }
    assert keyed == KEYED


def test_scripts_make_no_code_of_words_and_markup_only_through_the_policy():
    made = re.compile(
        r"\beval\(|new Function|document\.write|insertAdjacentHTML|createContextualFragment|\.outerHTML\s*="
    )
    wrong = [path.name for path in SCRIPTS if made.search(path.read_text())]
    assert not wrong, wrong
    # What the server drew, put where it belongs; Trusted Types stand between (`app.js`).
    inner = {path.name for path in SCRIPTS if re.search(r"\.innerHTML\s*=", path.read_text())}
    assert inner == {"outbox.js", "conversation-send.js"}


def test_random_numbers_that_matter_come_from_the_system():
    allowed = {"webapp.core.clock"}
    wrong = [
        f"{name(path)} imports {module}"
        for path in files(*OURS)
        for module in imports(path)
        if module.split(".")[0] == "random" and name(path) not in allowed
    ]
    weak = [
        f"{name(path)}:{call.lineno}" for path in files(*OURS) for what, call in called(path) if what in ("md5", "sha1")
    ]
    assert not wrong + weak, wrong + weak


def test_every_requirement_is_pinned_with_its_hashes():
    for file in ("requirements.txt", "requirements-embedded.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.lstrip().startswith("#")]
        entries = " ".join(line.rstrip("\\ ") for line in lines)
        pins = re.findall(r"(?:^| )([A-Za-z0-9._-]+(?:\[[^\]]+\])?)==\S+", entries)
        named = [line for line in lines if not line.startswith((" ", "--"))]
        assert len(pins) == len(named), file
        assert all(re.search(rf"{re.escape(pin)}==.*?--hash=sha256:[0-9a-f]{{64}}", entries) for pin in pins), file
        assert "WARNING" not in (ROOT / file).read_text(), file


def test_images_of_others_have_a_version_and_none_is_the_newest():
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / "Dockerfile").read_text()
    images = re.findall(r"^\s*image: (\S+)|^FROM (\S+)", text, re.M)
    others = [one or other for one, other in images if "tintype" not in (one or other)]
    assert len(others) >= 5
    assert all(re.search(r":\d+(\.\d+)*(-[a-z0-9.]+)?(@sha256:[0-9a-f]{64})?$", image) for image in others), others


def test_every_file_of_the_house_is_read_as_python():
    assert len(files(*ALL)) > 200
    assert all(tree(path) for path in files(*OURS))
