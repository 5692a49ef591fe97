"""Pub/Sub's pushes, by which Gmail tells that a mailbox has changed.
https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions
https://developers.google.com/workspace/gmail/api/guides/push

One topic and one push subscription serve all mailboxes; whoever deploys makes them, and names them
to us. Each push comes with an ID token of the service account that the subscription was given: a
JWT, RS256, by one of the keys that Google publishes.

Quirks
- The token covers no body: it proves who sends, over TLS, and to whom. One that leaked would be
  good for other bodies until it ends, within an hour. Bodies hold an address and a number.
- Whatever is not taken is pushed again, for days; the `messageId` stays.
- Gmail names the mailbox by its address. Two people are never told apart by case there.
- Unconfirmed: whether `data` is base64 or base64url; both are read.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, Final

from hub.errors import InvalidRequest, ProviderUnavailable
from hub.http_types import Request, Send
from hub.providers import _rest
from hub.providers._times import milliseconds
from hub.providers._values import Client
from hub.providers._webhooks import Event, Heard, Keyring, PublicKeys
from hub.providers.google.settings import (
    AUDIENCE,
    SERVICE_ACCOUNT,
    TOPIC,
    watches_mailboxes,
)
from hub.schemes import Incoming, Verdict

HISTORY: Final = "gmail.history"
_ISSUERS: Final = frozenset({"https://accounts.google.com", "accounts.google.com"})
_ALGORITHM: Final = "RS256"
_LEEWAY: Final = 60
_SEGMENTS: Final = 3
_TO_URLSAFE: Final = bytes.maketrans(b"+/", b"-_")


def route(address: str) -> str:
    """Give the id by which a mailbox is routed."""
    return f"gmail/{address.lower()}"


def fetch_keys(send: Send, registration: Client) -> PublicKeys | None:
    """Fetch the keys that Google signs ID tokens with."""
    if not watches_mailboxes(registration.settings):
        return None
    url = f"{registration.endpoints.api}/oauth2/v3/certs"
    answer = send(Request(method="GET", url=url), seconds=_rest.CALL_SECONDS, attempts=2)
    if refused := _rest.failure(answer):
        raise refused
    listed = answer.json().get("keys")
    found = {
        each["kid"]: {"n": each["n"], "e": each["e"]}
        for each in (listed if isinstance(listed, list) else [])
        if _is_key(each)
    }
    if not found:
        raise ProviderUnavailable
    return found


def _is_key(each: Any) -> bool:
    named = isinstance(each, dict) and all(isinstance(each.get(name), str) for name in "ne")
    return (
        named
        and isinstance(each.get("kid"), str)
        and each.get("kty") == "RSA"
        and each.get("use", "sig") == "sig"
        and each.get("alg", _ALGORITHM) == _ALGORITHM
    )


def verify(incoming: Incoming, keyring: Keyring) -> Verdict:
    """Check the token: what it says first, which costs little, and then its signature."""
    if not keyring.setting(TOPIC):
        return Verdict.INVALID
    audience, sender = keyring.setting(AUDIENCE), keyring.setting(SERVICE_ACCOUNT)
    if not audience or not sender:
        return Verdict.NOT_CONFIGURED
    token = _bearer(incoming)
    header, claims = _content(token)
    if header.get("alg") != _ALGORITHM or not _is_for(claims, audience, sender, incoming.at):
        return Verdict.INVALID
    keys = keyring.published()
    if not keys:
        return Verdict.NOT_CONFIGURED
    key = keys.get(str(header.get("kid")))
    return Verdict.VERIFIED if key and _is_signed(token, key) else Verdict.INVALID


def _bearer(incoming: Incoming) -> bytes:
    scheme, _, token = incoming.header("authorization").partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""


def _content(token: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read header and claims, empty ones where there are none."""
    parts = token.split(b".")
    if len(parts) != _SEGMENTS:
        return {}, {}
    try:
        header, claims = (json.loads(_decoded(part)) for part in parts[:2])
    except (ValueError, RecursionError):
        return {}, {}
    both = isinstance(header, dict) and isinstance(claims, dict)
    return (header, claims) if both else ({}, {})


def _decoded(text: bytes) -> bytes:
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def _is_for(claims: Mapping[str, Any], audience: str, sender: str, now: float) -> bool:
    issuer = claims.get("iss")
    return (
        _in_time(claims.get("iat"), claims.get("exp"), now)
        and isinstance(issuer, str)
        and issuer in _ISSUERS
        and claims.get("aud") == audience
        and claims.get("email") == sender
        and claims.get("email_verified") is True
    )


def _in_time(begins: Any, ends: Any, now: float) -> bool:
    are_times = all(type(each) in {int, float} for each in (begins, ends))
    return are_times and begins - _LEEWAY <= now < ends + _LEEWAY


def _is_signed(token: bytes, key: Mapping[str, str]) -> bool:
    """Verify RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3)."""
    from cryptography.exceptions import InvalidSignature  # only pushes need it
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256

    covered, _, given = token.rpartition(b".")
    exponent, modulus = (int.from_bytes(_decoded(key[name].encode())) for name in "en")
    try:
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        public.verify(_decoded(given), covered, padding.PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def read(incoming: Incoming) -> tuple[Heard, ...]:
    message = incoming.json().get("message")
    if not isinstance(message, dict):
        raise InvalidRequest
    message_id, address = message.get("messageId"), _told(message).get("emailAddress")
    if not (isinstance(message_id, str) and message_id and isinstance(address, str) and address):
        raise InvalidRequest
    event = Event(type=HISTORY, occurred_at=milliseconds(message.get("publishTime")))
    return (Heard(accounts=(route(address),), dedup=f"pubsub/{message_id}", events=(event,)),)


def _told(message: Mapping[str, Any]) -> dict[str, Any]:
    try:
        data = _decoded(message["data"].encode().translate(_TO_URLSAFE))
        told = json.loads(data)
    except (ValueError, KeyError, AttributeError, RecursionError):
        raise InvalidRequest from None
    if not isinstance(told, dict):
        raise InvalidRequest
    return told
