"""Our signer against botocore's, over every kind of key."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import boto3
import pytest
from botocore.config import Config

from webapp.core import storage

ACCESS = storage.Access(
    "https://s3.example.org", "eu-north-1", "AKIDEXAMPLE", "secret/key+1", "private", "public", "https://m"
)
AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def theirs(operation: str, parameters: dict, seconds: int) -> str:
    client = boto3.client(
        "s3", endpoint_url=ACCESS.endpoint, region_name=ACCESS.region, aws_access_key_id=ACCESS.key,
        aws_secret_access_key=ACCESS.secret, config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )  # fmt: skip
    with patch("botocore.auth.get_current_datetime", return_value=AT.replace(tzinfo=None)):
        return client.generate_presigned_url(operation, Params={"Bucket": "private", **parameters}, ExpiresIn=seconds)


@pytest.mark.parametrize("key", ["variants/0190/large.webp", "with space", "ünï/côdé", "a+b&c=d", "~tilde_-."])
def test_a_signed_get_is_what_botocore_signs(key):
    mine = storage.presign(ACCESS, "GET", "private", key, AT, 900)
    assert parts(mine) == parts(theirs("get_object", {"Key": key}, 900))


def test_a_signed_put_fixes_type_and_length_as_botocore_does():
    headers = {"content-length": "1234", "content-type": "image/jpeg"}
    mine = storage.presign(ACCESS, "PUT", "private", "incoming/1", AT, 600, headers)
    wanted = theirs("put_object", {"Key": "incoming/1", "ContentType": "image/jpeg", "ContentLength": 1234}, 600)
    assert parts(mine) == parts(wanted)


def parts(url: str) -> tuple[str, frozenset[str]]:
    path, _, query = url.partition("?")
    return path, frozenset(query.split("&"))


def seconds(url: str) -> int:
    return int(url.split("X-Amz-Expires=")[1].split("&")[0])


def test_the_address_of_what_is_over_at_a_moment_ends_there():
    here = storage.Storage(ACCESS)
    noon = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    with patch("webapp.core.clock.now", return_value=noon + timedelta(minutes=1)):
        assert seconds(here.signed_url("a")) == 1800
        assert seconds(here.signed_url("a", noon + timedelta(minutes=5))) == 300
        assert seconds(here.signed_url("a", noon + timedelta(hours=5))) == 1800
        assert seconds(here.signed_url("a", noon - timedelta(minutes=5))) == 1, "it has ended already"


def test_all_viewers_get_the_same_address_within_a_window():
    here = storage.Storage(ACCESS)
    with patch("webapp.core.clock.now", return_value=datetime(2026, 1, 1, 12, 1, tzinfo=UTC)):
        first = here.signed_url("a")
    with patch("webapp.core.clock.now", return_value=datetime(2026, 1, 1, 12, 14, tzinfo=UTC)):
        assert here.signed_url("a") == first
    with patch("webapp.core.clock.now", return_value=datetime(2026, 1, 1, 12, 16, tzinfo=UTC)):
        assert here.signed_url("a") != first
