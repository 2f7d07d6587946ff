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
    ],
)
def test_what_would_harm_people_is_refused(given, said):
    with pytest.raises(ValidationError, match=said):
        Settings(**{**GOOD, **given})


def test_what_is_left_out_is_safe():
    settings = Settings(**{**GOOD, **TLS})
    assert settings.secure
    assert (settings.password_cost, settings.password_megabytes) == (2, 19)
