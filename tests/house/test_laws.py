"""The laws of docs/design.md, held by reading the code."""

import ast
import importlib
import re

from tests.house.source import (
    FLOORS,
    ROOMS,
    ROOT,
    TOP,
    called,
    files,
    functions,
    imports,
    is_lazy,
    is_view,
    name,
    script_functions,
    tree,
)

FACES = ("pages", "api", "schemas")
ENTITIES = {"User", "Post", "Comment", "Story", "Highlight"}


def floor_of(module: str) -> int | None:
    """Return how high a module of webapp stands; None for those above all rooms."""
    parts = module.split(".")
    if parts[0] != "webapp" or len(parts) < 2 or parts[1] not in FLOORS:
        return None
    return FLOORS.index(parts[1])


def test_rooms_are_listed_where_the_house_lists_them():
    source = (ROOT / "webapp" / "rooms.py").read_text()
    assert re.findall(r'^    "(\w+)": \(', source, re.M) == list(ROOMS)


def test_imports_go_down():
    wrong = []
    for path in files("webapp"):
        here = floor_of(name(path))
        for module in imports(path):
            there = floor_of(module)
            if here is not None and there is not None and there > here:
                wrong.append(f"{name(path)} imports {module}")
            if here is not None and module.split(".")[0] in ("jobs", "embedded", "demo", "bench", "tests"):
                wrong.append(f"{name(path)} imports {module}")
            if (
                here is not None
                and module.startswith("webapp.")
                and there is None
                and module != "webapp.settings.Settings"
            ):
                wrong.append(f"{name(path)} imports {module}")
    assert not wrong, wrong


def test_core_knows_neither_flask_nor_tables():
    wrong = [
        f"{name(path)} imports {module}"
        for path in files("webapp/core", "webapp/models", "webapp/visibility")
        for module in imports(path)
        if module.split(".")[0] in ("flask", "werkzeug", "apiflask")
    ]
    assert not wrong, wrong


def test_a_room_uses_of_a_lower_room_neither_faces_nor_schemas():
    allowed = {
        # the form of a user name is the same when one registers and when one changes it
        ("webapp.auth.schemas", "webapp.users.schemas.Username"),
    }
    wrong = []
    for room in ROOMS:
        for path in files(f"webapp/{room}"):
            for module in imports(path):
                parts = module.split(".")
                other = len(parts) > 2 and parts[0] == "webapp" and parts[1] in ROOMS and parts[1] != room
                if other and parts[2] in FACES and (name(path), module) not in allowed:
                    wrong.append(f"{name(path)} imports {module}")
    assert not wrong, wrong


def test_inside_a_room_faces_stand_above_actions_and_these_above_reads():
    order = {"schemas": 0, "shapes": 0, "queries": 1, "actions": 2, "pages": 3, "api": 3}
    wrong = []
    for room in ROOMS:
        for path in files(f"webapp/{room}"):
            here = order.get(path.stem)
            for module in imports(path):
                parts = module.split(".")
                if parts[:2] == ["webapp", room] and len(parts) > 2 and here is not None:
                    there = order.get(parts[2], 0)
                    if there > here or (there == here == 3):
                        wrong.append(f"{name(path)} imports {module}")
    assert not wrong, wrong


def test_no_import_is_hidden_in_a_function():
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in files("webapp", "jobs", "embedded", "demo", "bench")
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.Call) and is_lazy(node))
    ]
    assert not wrong, wrong


def test_only_libraries_are_loaded_lazily():
    named = [
        (name(path), ast.literal_eval(node.args[0]))
        for path in files(*TOP)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and is_lazy(node)
    ]
    assert named, "nothing is: then core/lazy.py has no use"
    assert not [(where, what) for where, what in named if what.split(".")[0] in TOP]


def test_pages_and_api_ask_no_database():
    forbidden = ("webapp.core.db", "sqlalchemy", "webapp.models", "webapp.core.storage", "webapp.core.cache")
    wrong = [
        f"{name(path)} imports {module}"
        for room in ROOMS
        for face in ("pages", "api")
        for path in files(f"webapp/{room}")
        if path.stem == face
        for module in imports(path)
        if module.startswith(forbidden)
    ]
    assert not wrong, wrong


def test_whole_entities_are_selected_in_visibility_alone():
    wrong = []
    for path in files("webapp", "jobs"):
        if "visibility" in path.parts:
            continue
        for what, call in called(path):
            if what == "select" and any(isinstance(a, ast.Name) and a.id in ENTITIES for a in call.args):
                wrong.append(f"{name(path)}:{call.lineno}")
    assert not wrong, wrong


def test_only_the_two_edges_commit():
    commits = {name(path) for path in files("webapp", "jobs") for what, _ in called(path) if what == "commit"}
    assert commits == {"webapp.web.edge", "jobs"}


def public_functions(path):
    """Return the names of a module's own public functions."""
    return [node.name for node in tree(path).body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"]


# Actions that are not both a page and a call, each with its reason.
ONE_FACED = {
    "media.start_upload": "pages upload through the same calls as scripts",
    "media.complete": "pages upload through the same calls as scripts",
    "media.remove": "the compose page removes through the call",
    "users.set_avatar": "pages send the file itself",
    "auth.sign_in_by_code": "scripts send the code with the password",
    "auth.start_passkey": "only a script reaches a device: pages go through the calls",
    "auth.add_passkey": "only a script reaches a device: pages go through the calls",
    "auth.sign_in_by_passkey": "only a script reaches a device: pages go through the calls",
    "messages.send": "pages send the photo itself",
    "messages.share": "scripts name the post in the message",
    "users.unsubscribe": "the link in a mail, pressed by a reader or a mail program",
    "users.subscriber": "the link in a mail, pressed by a reader or a mail program",
    "auth.end_other_sessions": "scripts end sessions one by one",
}
# Actions of jobs, of rooms above and of set-up: nobody calls them over HTTP.
NO_FACE = {
    "media": {
        "configure", "stow", "receive", "reprocess", "discard", "store", "finish", "fail", "copy_out", "conceal",
        "withdraw", "erase", "sweep", "sweep_incoming", "enter_looks", "remake",
    },
    "users": {"sweep", "show_avatar", "advance", "misplaced_avatar", "settle_avatar", "unsubscribe_key"},
    "account": {"configure"},
    "auth": {"configure", "register", "verify", "prove", "tell_of_sign_in", "mail_reset"},
    "graph": {"settle"},
    "moderation": {"open_about"},
    "notifications": {"settle", "sweep", "recall", "open_line"},
    "messages": {"answer_story", "advance"},
    "stories": {"configure", "advance", "due", "remove", "create_from_files"},
    "posts": {
        "advance", "to_show", "publish", "sweep", "create_from_files", "misplaced", "settle", "recount",
        "locked_photos", "touch", "remove_for_good", "purge",
    },
    "comments": {"known", "recount", "sweep"},
}  # fmt: skip


def test_every_action_is_a_page_and_a_call():
    wrong = []
    for room in ROOMS:
        folder = ROOT / "webapp" / room
        modules = [folder / "actions.py", folder / "reactions.py"]
        for module in (path for path in modules if path.exists()):
            faces = {
                face: {call for call, _ in called(folder / f"{face}.py")}
                for face in ("pages", "api")
                if (folder / f"{face}.py").exists()
            }
            for action in public_functions(module):
                if action in NO_FACE.get(room, ()) or f"{room}.{action}" in ONE_FACED:
                    continue
                wrong += [
                    f"{room}.{action} is missing in {face}" for face, calls in faces.items() if action not in calls
                ]
                wrong += [f"{room}.{action} has one face only"] if len(faces) < 2 else []
    assert not wrong, wrong


def test_every_job_resolves():
    named = {
        call.args[0].value
        for path in files("webapp", "jobs")
        for what, call in called(path)
        if what == "enqueue" and call.args and isinstance(call.args[0], ast.Constant)
    }
    assert named
    for path in named:
        module, _, function = path.rpartition(".")
        assert callable(getattr(importlib.import_module(module), function)), path


def test_every_room_has_its_files():
    seven = {"__init__", "schemas", "queries", "actions", "shapes", "pages", "api"}
    nouns = {
        "policy": {"audit", "screening", "hashes", "joining"},
        "media": {"strays", "processing", "sandbox", "confine", "formats", "placeholder", "colour", "jpeg", "webp"},
        "feed": {"activities", "entries", "reasons", "ranking", "candidates", "snapshots"},
        "graph": {"circles", "suggestions"},
        "auth": {"passwords", "guesses", "tokens", "keys", "totp", "passkeys"},
        "notifications": {"causes", "digest", "notices", "push"},
        "posts": {
            "reactions",
            "folders",
            "cards",
            "people",
            "words",
            "tags",
            "places",
            "takedowns",
            "review",
            "making",
        },
        "users": {"words", "eyes"},
        "live": {"stream", "parts", "watch"},
        "messages": {"delivery", "clearing", "pushed"},
        "stories": {"rings", "highlights", "showing", "takedowns"},
        "comments": {"takedowns"},
        "account": {"counters", "standing", "states", "erasure", "sanctions"},
        "moderation": {"appeals", "cases", "effects", "history", "sanctions", "targets", "notices"},
        "admin": {"figures", "charts", "record", "work", "announcements", "timetable"},
    }
    for room in ROOMS:
        stems = {path.stem for path in files(f"webapp/{room}")}
        assert stems <= seven | nouns.get(room, set()), (room, stems - seven)
        assert ast.get_docstring(tree(ROOT / "webapp" / room / "__init__.py")), room
        assert list((ROOT / "tests" / room).glob("test_*.py")), f"{room} has no tests"


def test_sizes_stay_human():
    long = []
    for path in files("webapp", "jobs", "embedded", "demo", "bench", "tests"):
        if len(path.read_text().splitlines()) > 400:
            long.append(f"{name(path)} is longer than 400 lines")
        for function in functions(path):
            lines = (function.end_lineno or 0) - function.lineno + 1
            most = 20 if "webapp" in path.parts and is_view(function) else 50
            if lines > most:
                long.append(f"{name(path)}.{function.name} has {lines} lines")
    for path in sorted((ROOT / "templates").rglob("*.html")):
        if len(path.read_text().splitlines()) > 120:
            long.append(f"{path.name} is longer than 120 lines")
    for path in sorted((ROOT / "static" / "js").glob("*.js")):
        if len(path.read_text().splitlines()) > 150:
            long.append(f"{path.name} is longer than 150 lines")
    assert not long, long


def test_functions_of_scripts_fit_on_a_screen():
    """Seen is every function, method and arrow, at whatever depth, of a script that is indented as usual.

    No parser reads them: a method whose head has several lines is not seen, nor what stands left of its own head.
    """
    scripts = [*sorted((ROOT / "static" / "js").glob("*.js")), *sorted((ROOT / "static").glob("sw*.js"))]
    seen = [(f"{path.name}:{at}", lines) for path in scripts for at, lines in script_functions(path.read_text())]
    assert len(seen) > len(scripts)
    long = [f"{where} has {lines} lines" for where, lines in seen if lines > 50]
    assert not long, long


def test_the_functions_of_a_script_are_seen_with_their_lengths():
    script = """\
export async function one(a) {
  if (a) {

    return a;
  }
}
// what comes => is

const two = (a) =>
  a + 1;
element.addEventListener("click", async ({ target }) => {
  target.remove();
}, { once: true });
class Three {
  #four(a) {
    for (const b of a) {
      b();
    }
  }
}
function five(
  a,
) {
  return a;
}
const six = (a) => a;
"""
    assert list(script_functions(script)) == [(1, 6), (9, 2), (11, 3), (15, 5), (21, 5)]


def test_every_module_and_public_function_says_what_it_does():
    silent = []
    for path in files("webapp", "jobs", "embedded", "demo", "bench"):
        if ast.get_docstring(tree(path)) is None and path.read_text().strip():
            silent.append(name(path))
        for node in tree(path).body:
            if (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and node.name[0] != "_"
                and ast.get_docstring(node) is None
            ):
                silent.append(f"{name(path)}.{node.name}")
    assert not silent, silent
