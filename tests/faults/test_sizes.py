"""What is too large is refused by the server itself, before it costs anything."""

import http.client

import pytest

LARGE = b'{"caption": "' + b"a" * (2 << 20) + b'"}'


def ask(site, method: str, path: str, headers: dict[str, str], body: object = None, *, chunked: bool = False) -> int:
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    try:
        line.request(method, path, body=body, headers=headers, encode_chunked=chunked)
        return line.getresponse().status
    finally:
        line.close()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/about?" + "a" * 5000, {}),
        ("/about", {"X-Long": "a" * 10_000}),
        ("/about", {f"X-Number-{number}": "a" for number in range(100)}),
    ],
    ids=["address", "header", "headers"],
)
def test_heads_have_their_measure(breakable, path, headers):
    assert ask(breakable, "GET", "/about", {}) == 200
    assert ask(breakable, "GET", path, headers) in (400, 414, 431)


def test_bodies_have_their_measure_with_their_length_and_without(breakable, crowd):
    headers = {**crowd[0].headers, "Content-Type": "application/json"}
    assert ask(breakable, "POST", "/api/v1/posts", headers, LARGE) == 413
    pieces = (LARGE[start : start + 65536] for start in range(0, len(LARGE), 65536))
    chunked = {**headers, "Transfer-Encoding": "chunked"}
    assert ask(breakable, "POST", "/api/v1/posts", chunked, pieces, chunked=True) == 413
    small = b'{"caption": "a"}'
    assert ask(breakable, "POST", "/api/v1/posts", headers, small) == 422
