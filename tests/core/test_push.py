"""Web push: what RFC 8291 says, to a service that checks it, and never to where it must not go."""

import time

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from tests import pushes
from tests.waiting import PATIENCE
from webapp.core import push
from webapp.core.crypto import b64, unb64
from webapp.settings import Settings

KEY = push.make_key()


@pytest.fixture
def service():
    before = list(push._sender)
    push.configure(KEY, subject="mailto:curator@example.org", local=True)
    with pushes.service() as running:
        yield running
    push._sender[:] = before


def device(phone: pushes.Phone, endpoint: str = "") -> push.Device:
    return push.Device(endpoint or phone.json()["endpoint"], phone.point, phone.auth)


def send(phone: pushes.Phone, message: bytes = b"{}", endpoint: str = "") -> None:
    push.send(device(phone, endpoint), message, seconds=60, urgency="normal", topic="topic")


def test_it_encrypts_the_example_of_the_standard_byte_for_byte():
    """RFC 8291, section 5 and appendix A."""
    number = int.from_bytes(unb64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    to = push.Device(
        "https://push.example.net/",
        unb64("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        unb64("BTBZMqHH6r4Tts7J_aSIgg"),
    )
    made = push.encrypt(
        to, b"When I grow up, I want to be a watermelon", salt=unb64("DGv6ra1nlYgDCS1FRnbzlw"),
        own=ec.derive_private_key(number, ec.SECP256R1()),
    )  # fmt: skip
    assert b64(made) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru"
        "3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_what_arrives_can_be_read_by_that_browser_alone_and_says_who_sent_it(service):
    ana, ben = service.phone("ana"), service.phone("ben")
    send(ana, "Grüße".encode())
    (taken,) = service.taken
    assert ana.open(taken.body).decode() == "Grüße"
    with pytest.raises(InvalidTag):
        ben.open(taken.body)
    assert pushes.signer(taken.headers["Authorization"], service.url) == push.public_key()
    assert {name: taken.headers[name] for name in ("TTL", "Urgency", "Topic", "Content-Encoding")} == {
        "TTL": "60", "Urgency": "normal", "Topic": "topic", "Content-Encoding": "aes128gcm",
    }  # fmt: skip
    send(ana, "Grüße".encode())
    assert taken.body != service.taken[1].body, "keys and salt are new each time"


@pytest.mark.parametrize("status", [404, 410, 400, 401, 403, 413, 301, 307, 308])
def test_what_is_refused_for_good_or_led_elsewhere_is_gone(service, status):
    phone = service.phone()
    service.answers["/phone"] = (status, {"Location": f"{service.url}/other"})
    with pytest.raises(push.Gone):
        send(phone)
    assert service.taken == [], "no redirect is followed"


@pytest.mark.parametrize(("status", "header", "wait"), [(429, "120", 120), (503, "", 0), (500, "soon", 0)])
def test_what_is_away_is_for_later(service, status, header, wait):
    service.answers["/phone"] = (status, {"Retry-After": header})
    with pytest.raises(push.Later) as later:
        send(service.phone())
    assert later.value.wait == wait


def test_a_service_that_drips_or_is_not_there_holds_nobody_up(service, monkeypatch):
    monkeypatch.setattr(push, "_DEADLINE", 0.6)
    service.answers["/phone"] = 2 * PATIENCE
    began = time.monotonic()
    with pytest.raises(push.Later):
        send(service.phone())
    assert time.monotonic() - began < PATIENCE
    with pytest.raises(push.Later):
        send(service.phone(), endpoint="http://127.0.0.1:1/x")


def test_over_tls_the_service_has_to_be_who_its_name_says(service, certificate, monkeypatch):
    context, trusted = certificate
    with pushes.service(context) as secured:
        phone = secured.phone()
        push._tls.cache_clear()
        with pytest.raises(push.Later, match="CertVerification"):
            send(phone)
        monkeypatch.setenv("SSL_CERT_FILE", trusted)
        push._tls.cache_clear()
        send(phone, b"sealed")
        assert phone.open(secured.taken[0].body) == b"sealed"
        with pytest.raises(push.Later, match="CertVerification"):
            send(phone, endpoint=phone.json()["endpoint"].replace("localhost", "127.0.0.1"))
        assert len(secured.taken) == 1
    push._tls.cache_clear()


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.org/x", "ftp://push.example.org/", "https://", "push", "https://me:pw@push.example.org/",
        "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/", "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://0.0.0.0/",
        "https://[::7f00:1]/", "https://[fec0::1]/", "https://[::ffff:0:7f00:1]/",
        "https://224.0.0.1/", "https://push.example.org/ x", "https://püsh.example.org/", "https://x:99999/",
        "https://push.example.org:22/x", "https://push.example.org:8443/x", "https://93.184.215.14:6379/",
    ],
)  # fmt: skip
def test_only_public_addresses_by_https_are_pushed_to(service, endpoint):
    push.configure(KEY, subject="mailto:curator@example.org", local=False)
    with pytest.raises(ValueError, match=r"push service|[Pp]ort"):
        push.check_endpoint(endpoint)
    with pytest.raises(push.Gone):
        send(service.phone(), endpoint=endpoint)


def test_what_a_name_means_is_checked_when_it_is_sent_to(service):
    """A name that anybody may own and that leads to this machine: `localhost` does so everywhere."""
    push.configure(KEY, subject="mailto:curator@example.org", local=False)
    endpoint = "https://localhost/phone"
    assert push.check_endpoint(endpoint), "its form is good"
    with pytest.raises(push.Gone, match="not public"):
        send(service.phone(), endpoint=endpoint)
    assert service.asked == 0


def test_wrong_settings_stop_the_start(stack):
    good = {name.lower(): value for name, value in stack.env.items()}
    assert Settings(**good | {"base_url": "https://photos.example.org"}).push_subject == "https://photos.example.org"
    assert Settings(**good | {"mail_from": "T <a@b.example>"}).push_subject == "mailto:a@b.example"
    for wrong in ({"vapid_private_key": "short"}, {"vapid_private_key": "*" * 43}, {"vapid_subject": "me"}):
        with pytest.raises(ValidationError):
            Settings(**good | wrong)
