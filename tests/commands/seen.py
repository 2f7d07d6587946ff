"""What people see of a site; run by itself with the settings of another one, it restores a backup there and looks."""

import hashlib
import json
import sys
import urllib.request
from urllib.parse import urlsplit

from webapp import commands, create_app

ADDRESSES = (
    "/auth/me", "/feed", "/feed?view=public", "/users/ana", "/users/ana/posts", "/users/ben/posts", "/users/ben",
    "/users/ana/followers", "/users/ana/following", "/users/ana/stories", "/conversations", "/notifications",
    "/me/saved",
    "/search/users?q=an", "/search/posts?q=fog", "/tags/fog", "/me/blocks",
)  # fmt: skip
PASSWORD = "a very fine secret"
BYTES: dict[str, str] = {}


def fetched(url: str) -> str:
    """Return what an address of a photo stands for: its bytes, wherever they lie."""
    path = urlsplit(url).path
    if path not in BYTES:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                BYTES[path] = hashlib.sha256(answer.read()).hexdigest()
        except OSError as error:
            BYTES[path] = f"{error} of {path}"
    return BYTES[path]


def plain(value):
    """Replace addresses of photos by their bytes, all the way down."""
    if isinstance(value, dict):
        return {name: plain(found) for name, found in value.items() if name != "request_id"}
    if isinstance(value, list):
        return [plain(found) for found in value]
    if isinstance(value, str) and value.startswith("http://") and ("tintype-p" in value):
        return fetched(value)
    return value


def look(app, *people: str) -> dict:
    """Return what each of these people sees; somebody who can't sign in sees that."""
    found = {}
    for name in people:
        browser, headers = app.test_client(), {}
        if name != "visitor":
            asked = {"username": name, "password": PASSWORD, "name": "drill", "scopes": ["read"]}
            answer = browser.post("/api/v1/auth/token", json=asked)
            found[f"{name} signs in"] = answer.status_code
            if answer.status_code != 200:
                continue
            headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
        for address in ADDRESSES:
            answer = browser.get(f"/api/v1{address}", headers=headers)
            found[f"{name} {address}"] = [answer.status_code, plain(answer.json)]
    return found


def main() -> None:
    """Restore once more, refused and told to, then look."""
    app = create_app()
    commands.install(app)
    asked = ["restore", *sys.argv[1:]]
    said = [app.test_cli_runner().invoke(args=[*asked, *more]).output for more in ([], ["--replace"])]
    json.dump([*said, look(app, "ana", "ben", "dora", "visitor")], sys.stdout)


if __name__ == "__main__":
    main()
