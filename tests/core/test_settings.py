"""Settings that would harm people stop the process at its start."""

import pytest
from pydantic import ValidationError

from webapp.settings import Settings

GOOD = {
    "secret_key": "0123456789abcdef" * 4, "database_url": "postgresql://localhost/x", "redis_url": "redis://localhost/0",
    "s3_endpoint_url": "http://localhost:9000", "s3_access_key": "key", "s3_secret_key": "secret",
}  # fmt: skip
TLS = {"base_url": "https://photos.example.org"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"secret_key": "short"}, "SECRET_KEY needs at least 32"),
        ({"secret_key": "a" * 64}, "SECRET_KEY needs at least 32"),
        ({**TLS, "password_megabytes": 18}, "at least 19"),
        ({"job_lease_seconds": 3}, "greater than or equal to 4"),
        ({"base_url": "photos.example.org"}, "BASE_URL looks like"),
        ({"base_url": "https://example.org/photos"}, "BASE_URL looks like"),
        ({"database_url": "mysql://host/x"}, "looks like postgresql://"),
        ({"database_url": "postgresql://ana:word@host:port/x"}, "looks like postgresql://"),
        ({"redis_url": "localhost:6379"}, "REDIS_URL looks like"),
        ({"s3_endpoint_url": "media.example.org"}, "S3_ENDPOINT_URL"),
        ({"media_base_url": "media.example.org"}, "MEDIA_BASE_URL"),
        ({"log_level": "loud"}, "LOG_LEVEL is"),
    ],
)
def test_what_would_harm_people_is_refused(given, said):
    with pytest.raises(ValidationError, match=said):
        Settings(**{**GOOD, **given})


def test_what_is_left_out_is_safe():
    settings = Settings(**{**GOOD, **TLS})
    assert settings.secure
    assert (settings.password_cost, settings.password_megabytes) == (2, 19)


def test_a_slash_behind_an_address_changes_nothing():
    settings = Settings(**{**GOOD, "base_url": "https://photos.example.org/", "s3_endpoint_url": "http://localhost:9/"})
    assert settings.base_url == "https://photos.example.org"
    assert settings.public_media_url == "http://localhost:9/tintype-public"


def test_who_starts_the_site_is_told_what_is_wrong_and_never_a_password(monkeypatch, capsys):
    for name, value in GOOD.items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("REGISTRATION_OPEN", "")
    assert Settings.read().registration_open, "what is empty is as if it were left out"
    monkeypatch.setenv("S3_SECRET_KEY", "")
    monkeypatch.setenv("TRUSTED_PROXIES", "one")
    monkeypatch.setenv("DATABASE_URL", "postgresql://ana:word-of-ana@host:port/x")
    with pytest.raises(SystemExit) as end:
        Settings.read()
    assert end.value.code == 3, "or gunicorn would start its processes again and again"
    said = capsys.readouterr().err
    assert "S3_SECRET_KEY must be set: Secret key" in said
    assert "TRUSTED_PROXIES: Input should be a valid integer" in said
    assert "DATABASE_URL: it looks like postgresql://user:password@host/database" in said
    assert "word-of-ana" not in said
    assert "Traceback" not in said
