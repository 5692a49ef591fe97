"""Our verdicts on webhooks beside those of implementations that are not ours, on thousands of
deliveries, genuine and mutated: Slack's, Notion's, Linear's and Zoom's own, GitHub's octokit, PyJWT
for Jira's tokens and google-auth for Pub/Sub's.

Nobody publishes a verifier for Asana, Trello, Graph or Google's channels; tests/functional/webhooks
has a second reading of those from the documentation.
"""

import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import google.auth.jwt
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from slack_sdk.signature import Clock, SignatureVerifier

from hub import providers
from hub.schemes import Incoming, SignedToken, Verdict
from tests.contract import node
from tests.functional.webhooks.proofs import PROOFS, hs256
from tests.simulator.webhooks import Sent

NOW = 1_790_000_000
SECRET = "a-secret-of-the-cross-checks-Rk38"
DELIVERIES = 2000
# Rivet verifies what it has parsed and written anew, so that white space does not count.
THEY_ARE_LAXER = {("zoom", "a byte more")}


@dataclass(frozen=True)
class Ring:
    """As much of a keyring as these providers ask."""

    def webhook_secrets(self) -> tuple[bytes, ...]:
        return (SECRET.encode(),)

    def chosen(self, _webhook_id: str | None) -> tuple[bytes, ...]:
        return self.webhook_secrets()


@dataclass(frozen=True)
class Delivery:
    """`how` says what is wrong with it, if anything."""

    how: str
    body: bytes
    signature: str
    stamp: str = ""

    def to_json(self) -> dict[str, str]:
        body = base64.b64encode(self.body).decode()
        return {"body": body, "signature": self.signature, "stamp": self.stamp}


@pytest.fixture
def lots() -> Random:
    return Random(NOW)  # noqa: S311  # the same each time


def a_body(lots: Random) -> bytes:
    """A JSON object as compact as one of theirs writes it, with text of all kinds."""
    words = ("ü", "😀", "é\u0301", "\u2028", "a b", '"', "\\", "</script>", "0", "\t")
    value: dict[str, Any] = {
        "event": "meeting.created",
        "webhookTimestamp": NOW * 1000 + lots.randrange(-59_000, 59_000),
        **{f"k{number}": lots.choice(words) * lots.randrange(20) for number in range(4)},
        "list": [lots.randrange(10**9) for _ in range(lots.randrange(5))],
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def deliveries(provider: str, lots: Random) -> Iterator[Delivery]:
    for _ in range(DELIVERIES):
        good = signed(provider, a_body(lots), NOW + lots.randrange(-290, 290))
        yield good
        yield mutated(provider, good, lots)


def signed(provider: str, body: bytes, at: int, secret: str = SECRET) -> Delivery:
    proof = PROOFS[provider]
    sent = proof.signed(Sent(url="", body=body), secret.encode(), at)
    signature = sent.headers[str(proof.header)]
    stamp = "" if proof.stamp_in_body else sent.headers.get(str(proof.stamp), "")
    return Delivery("genuine", body, signature, stamp)


def mutated(provider: str, good: Delivery, lots: Random) -> Delivery:
    at = lots.randrange(len(good.body))
    flipped = good.body[:at] + bytes([good.body[at] ^ 1]) + good.body[at + 1 :]
    where = lots.randrange(len(good.signature))
    other = "0" if good.signature[where] != "0" else "1"
    wrong = good.signature[:where] + other + good.signature[where + 1 :]
    changes: Mapping[str, Callable[[], Delivery]] = {
        "one bit": lambda: replace(good, body=flipped),
        "a byte more": lambda: replace(good, body=good.body + b" "),
        "no body": lambda: replace(good, body=b""),
        "a wrong digit": lambda: replace(good, signature=wrong),
        "too short": lambda: replace(good, signature=good.signature[:-1]),
        "too long": lambda: replace(good, signature=good.signature + "0"),
        "no signature": lambda: replace(good, signature=""),
        "another secret": lambda: signed(provider, good.body, NOW, "another"),
        "another stamp": lambda: replace(good, stamp=str(int(good.stamp or NOW) + 1)),
        "no prefix": lambda: replace(good, signature=good.signature.partition("=")[2]),
    }
    how = lots.choice(sorted(changes))
    return replace(changes[how](), how=how)


def ours(provider: str, each: Delivery) -> bool:
    proof = PROOFS[provider]
    headers = {str(proof.header): each.signature}
    if proof.stamp and not proof.stamp_in_body:
        headers[proof.stamp] = each.stamp
    incoming = Incoming(headers=headers, body=each.body, url="", at=float(NOW))
    verdict = providers.get(provider).load_webhooks().verify(incoming, Ring())  # type: ignore[arg-type]
    return verdict is Verdict.VERIFIED


def compare(provider: str, made: list[Delivery], theirs: list[bool]) -> Counter[bool]:
    assert len(made) == len(theirs) == 2 * DELIVERIES
    differing = [
        (each, verdict)
        for each, verdict in zip(made, theirs, strict=True)
        if ours(provider, each) is not (verdict and (provider, each.how) not in THEY_ARE_LAXER)
    ]
    assert differing == []
    counted = Counter(theirs)
    assert counted[True] >= DELIVERIES
    assert counted[False] > DELIVERIES // 2
    return counted


def test_slack_sdk_agrees(lots: Random):
    class Still(Clock):  # type: ignore[misc]
        def now(self) -> float:
            return float(NOW)

    verifier = SignatureVerifier(SECRET, Still())
    made = list(deliveries("slack", lots))
    theirs = [
        verifier.is_valid(body=each.body, timestamp=each.stamp, signature=each.signature)
        for each in made
    ]
    compare("slack", made, theirs)


@pytest.mark.parametrize("provider", ["github", "notion", "linear", "zoom"])
def test_the_providers_own_javascript_agrees(provider: str, lots: Random, tmp_path: Path):
    made = list(deliveries(provider, lots))
    path = tmp_path / "deliveries.json"
    path.write_text(json.dumps([each.to_json() for each in made]), encoding="utf-8")

    told = node.run("webhooks.mjs", provider=provider, secret=SECRET, now=NOW, path=str(path))
    compare(provider, made, told)


# Tokens


def claims(lots: Random) -> dict[str, Any]:
    changes: list[dict[str, Any]] = [
        {"exp": NOW + lots.randrange(1, 3600)},
        {"exp": NOW - lots.randrange(61, 10**6)},
        {"exp": NOW - lots.randrange(59)},
        {},
        {"exp": None},
        {"exp": "soon"},
        {"exp": [NOW]},
        {"exp": -1},
    ]
    return {"iss": "jira", "iat": NOW - 5, **lots.choice([changes[0], *changes])}


def test_pyjwt_agrees_on_jiras_tokens(lots: Random, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("jwt.api_jwt.datetime", _Now)
    seen: Counter[bool] = Counter()
    for _ in range(DELIVERIES):
        secret = lots.choice([SECRET, SECRET, SECRET, "another secret of 32 bytes or more"])
        algorithm = lots.choice(["HS256"] * 5 + ["none", "HS512", "RS256", "hs256"])
        token = hs256(secret.encode(), claims(lots), algorithm)
        if lots.random() < 0.3:
            at = lots.randrange(len(token))
            token = token[:at] + lots.choice("AB.") + token[at + 1 :]
        incoming = Incoming(headers={"authorization": f"Bearer {token}"}, url="", at=float(NOW))
        verdict = SignedToken().verify(incoming, [SECRET.encode()]) is Verdict.VERIFIED
        assert verdict is _pyjwt(token), token
        seen[verdict] += 1
    assert min(seen[True], seen[False]) > DELIVERIES // 20


class _Now:
    """PyJWT's clock."""

    @staticmethod
    def now(tz: Any = None) -> Any:
        from datetime import datetime

        return datetime.fromtimestamp(NOW, tz)


def _pyjwt(token: str) -> bool:
    try:
        jwt.decode(
            token,
            SECRET,
            algorithms=["HS256"],
            leeway=60,
            options={"require": ["exp"], "verify_iat": False},
        )
    except jwt.InvalidTokenError:
        return False
    return True


def test_google_auth_agrees_on_the_tokens_of_pub_sub(lots: Random, monkeypatch: pytest.MonkeyPatch):
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    numbers = public.public_numbers()
    ring = _PubSub({"kid": {"n": _number(numbers.n), "e": _number(numbers.e)}})
    monkeypatch.setattr("google.auth.jwt._helpers.utcnow", lambda: _Now.now().replace(tzinfo=None))
    monkeypatch.setattr("google.auth.jwt._helpers.datetime_to_secs", lambda _value: NOW)
    verify = providers.get("google").load_webhooks().verify
    seen: Counter[bool] = Counter()
    for _ in range(DELIVERIES // 10):
        token = _token(private, lots)
        incoming = Incoming(
            headers={"authorization": f"Bearer {token}"}, url="", body=b"{}", at=float(NOW)
        )
        verdict = verify(incoming, ring) is Verdict.VERIFIED  # type: ignore[arg-type]
        assert verdict is _google_auth(token, pem), token
        seen[verdict] += 1
    assert min(seen[True], seen[False]) > DELIVERIES // 100


@dataclass(frozen=True)
class _PubSub:
    keys: Mapping[str, Mapping[str, str]]

    def setting(self, name: str) -> str:
        return {"pubsubAudience": "an-audience", "pubsubServiceAccount": "push@example.org"}.get(
            name, "a-topic"
        )

    def published(self) -> Mapping[str, Mapping[str, str]]:
        return self.keys


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _token(private: rsa.RSAPrivateKey, lots: Random) -> str:
    told: dict[str, Any] = {
        "iss": "https://accounts.google.com",
        "aud": lots.choice(["an-audience"] * 6 + ["another", ""]),
        "email": "push@example.org",
        "email_verified": True,
        "iat": NOW + lots.choice([-5] * 6 + [30, 3600]),
        "exp": NOW + lots.choice([600] * 6 + [-30, -3600]),
    }
    token: str = jwt.encode(told, private, algorithm="RS256", headers={"kid": "kid"})
    if lots.random() < 0.3:
        at = lots.randrange(len(token))
        token = token[:at] + lots.choice("AB") + token[at + 1 :]
    return token


def _google_auth(token: str, pem: bytes) -> bool:
    try:
        told = google.auth.jwt.decode(
            token, certs={"kid": pem}, audience="an-audience", clock_skew_in_seconds=60
        )
    except (ValueError, google.auth.exceptions.GoogleAuthError):
        return False
    return told.get("email") == "push@example.org" and told.get("email_verified") is True


# Documented examples


def test_slacks_own_example():
    """docs.slack.dev/authentication/verifying-requests-from-slack"""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&"
        b"channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&"
        b"command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F"
        b"commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id="
        b"398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    proof = PROOFS["slack"]
    signed = proof.stamped(
        Sent(url="", body=body), b"8f742231b10e8888abcd99yyyzzz85a5", "1531420618"
    )
    assert signed.headers["x-slack-signature"] == (
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )


def test_githubs_own_example():
    """docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries"""
    mac = hmac.new(b"It's a Secret to Everybody", b"Hello, World!", hashlib.sha256).hexdigest()
    signed = PROOFS["github"].signed(
        Sent(url="", body=b"Hello, World!"), b"It's a Secret to Everybody", 0
    )
    assert signed.headers["x-hub-signature-256"] == f"sha256={mac}"
    assert mac == "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
