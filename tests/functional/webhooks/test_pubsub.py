"""Pushes that Google did not send, or not for us, or that tell nothing."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt as google_jwt

from tests.functional.conftest import CLIENTS
from tests.functional.google import ADA
from tests.functional.journey import Journey
from tests.functional.stored import rows
from tests.functional.webhooks.gmail import (
    authorized,
    configure,
    connect,
    data,
    of_message,
    pushed,
    watches,
)
from tests.functional.webhooks.heard import received
from tests.simulator.providers.google.pubsub import AUDIENCE, SERVICE_ACCOUNT
from tests.simulator.standard import keys
from tests.simulator.webhooks import Sent

OTHER = rsa.generate_private_key(public_exponent=65_537, key_size=2048)


@pytest.fixture
def watching(journey: Journey) -> Journey:
    connect(journey)
    assert journey.run_jobs() == []
    return journey


def statuses(journey: Journey, *sent: Sent) -> list[int]:
    return [journey.gateway.deliver(each).status for each in sent]


def nothing_heard(journey: Journey) -> bool:
    assert journey.hear() == []
    return received() == []


def test_googles_own_library_takes_the_same_token(watching: Journey):
    token = watches(watching).token()
    pem = {keys.KEY_ID: certificate()}
    claims = google_jwt.decode(token, certs=pem, audience=AUDIENCE)

    assert claims["email"] == SERVICE_ACCOUNT
    assert statuses(watching, authorized(pushed(watching), f"Bearer {token}")) == [200]


def certificate() -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = keys._key().public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "somebody-else"},
        {"aud": [AUDIENCE]},
        {"aud": None},
        {"email": "another@targetym-demo.iam.gserviceaccount.com"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"iss": "https://accounts.google.com.evil.example"},
        {"iss": None},
        {"exp": None},
        {"exp": "4102444800"},
        {"exp": True},
        {"iat": None},
        {"iat": 4_102_444_800},
    ],
)
def test_a_token_of_google_for_somebody_else_is_refused(watching: Journey, claims: dict[str, Any]):
    assert statuses(watching, pushed(watching, **claims)) == [401]
    assert nothing_heard(watching)


@pytest.mark.parametrize(("offset", "status"), [(-61, 401), (-59, 200)])
def test_a_token_ends(watching: Journey, offset: int, status: int):
    ends = int(time.time()) + offset

    assert statuses(watching, pushed(watching, iat=ends - 3600, exp=ends)) == [status]


def forged(**header: Any) -> Callable[[Journey], str]:
    """The right claims, signed with a key of one's own."""

    def make(journey: Journey) -> str:
        claims = jwt.decode(watches(journey).token(), options={"verify_signature": False})
        headers = {"kid": keys.KEY_ID, **header}
        return f"Bearer {jwt.encode(claims, OTHER, algorithm='RS256', headers=headers)}"

    return make


def with_secret(journey: Journey) -> str:
    """HS256 with what an attacker may know: the public key."""
    _, claims, _ = watches(journey).token().split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": keys.KEY_ID}).encode())
    covered = f"{header.decode().rstrip('=')}.{claims}"
    mac = hmac.digest(certificate(), covered.encode(), "sha256")
    return f"Bearer {covered}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def unsigned(journey: Journey) -> str:
    claims = jwt.decode(watches(journey).token(), options={"verify_signature": False})
    return f"Bearer {jwt.encode(claims, None, algorithm='none', headers={'kid': keys.KEY_ID})}"


def renamed(journey: Journey) -> str:
    """Google's own signature over another header."""
    header, claims, signature = watches(journey).token().split(".")
    other = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    assert header != other
    return f"Bearer {other}.{claims}.{signature}"


def changed(journey: Journey) -> str:
    header, claims, signature = watches(journey).token().split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    other = base64.urlsafe_b64encode(json.dumps(said | {"iat": said["iat"] - 1}).encode())
    return f"Bearer {header}.{other.decode().rstrip('=')}.{signature}"


@pytest.mark.parametrize(
    "make",
    [
        forged(),
        forged(kid="unheard-of"),
        forged(kid=""),
        with_secret,
        unsigned,
        renamed,
        changed,
        lambda journey: None,
        lambda journey: "",
        lambda journey: "Bearer",
        lambda journey: "Bearer ..",
        lambda journey: "Bearer a.b.c",
        lambda journey: "Bearer é.é.é",
        lambda journey: f"Basic {watches(journey).token()}",
        lambda journey: watches(journey).token(),
        lambda journey: f"Bearer {watches(journey).token()}.more",
        lambda journey: f"Bearer {watches(journey).token().rpartition('.')[0]}.",
        lambda journey: "Bearer " + ".".join(["W10"] * 3),
        lambda journey: "Bearer " + base64.b64encode(b"[" * 5000).decode() + ".e30.e30",
    ],
)
def test_what_google_did_not_sign_is_refused(
    watching: Journey, make: Callable[[Journey], str | None]
):
    assert statuses(watching, authorized(pushed(watching), make(watching))) == [401]
    assert nothing_heard(watching)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"pubsubTopic": None}, 401),
        ({"pubsubAudience": None}, 401),
        ({"pubsubServiceAccount": ""}, 401),
    ],
)
def test_without_its_settings_nothing_is_taken(
    watching: Journey, cold: Callable[[], None], changes: dict[str, Any], status: int
):
    sent = pushed(watching)
    configure(**changes)
    cold()

    assert statuses(watching, sent) == [status]
    assert nothing_heard(watching)


def test_without_keys_nothing_is_taken(journey: Journey):
    connect(journey)  # no job has run yet
    sent = authorized(message(journey), f"Bearer {watches(journey).token()}")

    assert statuses(journey, sent) == [401]


def message(journey: Journey) -> Sent:
    return Sent(
        url="http://localhost:4500/api/webhooks/google",
        body=json.dumps({"message": {"messageId": "1", "data": data({})}}).encode(),
    )


def test_a_channels_word_is_no_push_and_a_push_no_channels_word(watching: Journey):
    channel = next(iter(rows_of_channels()))
    sent = pushed(watching)
    to_a_channel = replace(sent, url=f"{sent.url}?webhook_id={channel}")

    assert statuses(watching, to_a_channel) == [401]
    (told,) = watching.simulator.notifications("google", "calendar", ADA)
    assert statuses(watching, replace(told, url=sent.url)) == [401]
    assert nothing_heard(watching)


def rows_of_channels() -> list[str]:
    found = (row for row in rows("webhooks") if row["part"] == "subscription")
    return [row["whose"].removeprefix("webhook#") for row in found if row["key"] != "gmail"]


@pytest.mark.parametrize(
    "changes",
    [
        {"data": None},
        {"data": 7},
        {"data": "é"},
        {"data": "!!!"},
        {"data": data([])},
        {"data": data("text")},
        {"data": data({"historyId": 7})},
        {"data": data({"emailAddress": 7})},
        {"data": data({"emailAddress": ""})},
        {"messageId": None},
        {"messageId": ""},
        {"messageId": 7},
    ],
)
def test_a_push_that_tells_nothing_is_refused(watching: Journey, changes: dict[str, Any]):
    assert statuses(watching, of_message(pushed(watching), **changes)) == [400]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"message": 7}', b"\xff"])
def test_so_is_one_that_is_none(watching: Journey, body: bytes):
    assert statuses(watching, replace(pushed(watching), body=body)) == [400]


def test_an_address_is_the_same_in_any_case_and_base64_in_either_form(watching: Journey):
    told = data({"emailAddress": ADA.upper(), "historyId": "7", "pad": "???>>>"})
    assert "/" in told or "+" in told
    assert statuses(watching, of_message(pushed(watching), data=told)) == [200]
    assert watching.hear() == []

    assert len(received()) == 1


def test_the_tokens_of_people_are_no_pushes(watching: Journey):
    """Google signs ID tokens of people with the same keys."""
    own = watches(watching).token(aud=CLIENTS["google"].client_id, email=ADA)

    assert statuses(watching, authorized(pushed(watching), f"Bearer {own}")) == [401]
