"""The authorizer with an issuer's public keys, served on loopback."""

import json
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from hub import runtime, tokens
from hub.errors import Misconfigured
from tests.functional.gateway import Context, handler_of
from tests.functional.test_authorizer import by_hand, claims, part

REFUSED = {"isAuthorized": False}


@cache
def rsa_key(name):
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key(name, curve=ec.SECP256R1):
    return ec.generate_private_key(curve())


def jwk(kid, key, **more):
    kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, **more}


@dataclass
class Issuer:
    keys: list = field(default_factory=list)
    answer: tuple[int, bytes] | None = None
    fetched: int = 0


@pytest.fixture
def issuer():
    state = Issuer(keys=[jwk("r1", rsa_key("r1")), jwk("e1", ec_key("e1"))])

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            state.fetched += 1
            status, body = state.answer or (200, json.dumps({"keys": state.keys}).encode())
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/jwks"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def authorize(aws, issuer, clock, monkeypatch):
    """Ask an authorizer that starts with no keys at hand."""
    monkeypatch.setenv("JWKS_URL", issuer.url)
    monkeypatch.setenv("JWT_SECRET_PARAMETER", "")
    monkeypatch.setattr(tokens, "_key_set", tokens._KeySet())
    tokens.check_settings()

    def ask(token):
        event = {"headers": {"authorization": f"Bearer {token}"}}
        return handler_of("authorizer")(event, Context())

    return ask


def signed(kid="r1", key=None, algorithm="RS256", headers=None, **changes):
    return jwt.encode(
        claims(exp=int(time.time()) + 10**6, **changes),
        key or rsa_key(kid),
        algorithm,
        headers={"kid": kid, **(headers or {})},
    )


def signed_by_curve(kid="e1", **options):
    return signed(kid, ec_key(kid), "ES256", **options)


@pytest.mark.parametrize("make", [signed, signed_by_curve], ids=["RS256", "ES256"])
def test_both_kinds_of_keys_are_trusted(authorize, issuer, make):
    context = authorize(make())["context"]

    assert (context["organization"], context["user"], context["role"]) == ("org-a", "ada", "admin")
    assert authorize(make())["isAuthorized"]
    assert issuer.fetched == 1


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_another_algorithm_of_the_same_key_is_refused(authorize, algorithm):
    assert authorize(signed(algorithm=algorithm)) == REFUSED


def test_another_curve_is_refused(authorize, issuer):
    key = ec_key("e384", ec.SECP384R1)
    issuer.keys.append(jwk("e384", key))

    assert authorize(signed("e384", key, "ES384")) == REFUSED


def public_texts():
    """The forms in which an RSA public key could be taken for a shared secret."""
    key = rsa_key("r1").public_key()
    pem = serialization.Encoding.PEM
    der = serialization.Encoding.DER
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return {
        "PEM": key.public_bytes(pem, spki),
        "PEM without its line break": key.public_bytes(pem, spki).strip(),
        "PKCS1": key.public_bytes(pem, serialization.PublicFormat.PKCS1),
        "DER": key.public_bytes(der, spki),
        "JWK": json.dumps(jwk("r1", rsa_key("r1"))).encode(),
        "modulus": jwk("r1", rsa_key("r1"))["n"].encode(),
        "nothing": b"",
    }


@pytest.mark.parametrize("form", public_texts())
@pytest.mark.parametrize("alg", ["HS256", "RS256", "ES256"])
def test_a_public_key_is_no_secret(authorize, form, alg):
    header = {"alg": alg, "kid": "r1", "typ": "JWT"}
    secret = public_texts()[form].decode("latin-1")
    token = by_hand(header, claims(), secret)

    assert authorize(token) == REFUSED


@pytest.mark.parametrize(
    "make",
    [
        lambda: signed("r1", ec_key("e1"), "ES256"),
        lambda: signed("e1", rsa_key("r1"), "RS256"),
        lambda: signed("r1", rsa_key("another")),
        lambda: signed_by_curve() + "x",
        lambda: f"{part({'alg': 'none', 'kid': 'r1'})}.{part(claims())}.",
        lambda: jwt.encode(claims(), rsa_key("r1"), "RS256"),
        lambda: signed("r1", headers={"kid": ""}),
        lambda: by_hand({"alg": "RS256", "kid": 1}, claims()),
        lambda: by_hand({"alg": "RS256", "kid": ["r1"]}, claims()),
        lambda: by_hand({"alg": "RS256", "kid": "../../dev/null"}, claims()),
    ],
    ids=[
        "a curve's signature under an RSA key's id",
        "an RSA signature under a curve's id",
        "another key",
        "a longer signature",
        "no signature",
        "no key id",
        "an empty key id",
        "a number for a key id",
        "a list for a key id",
        "a path for a key id",
    ],
)
def test_a_token_that_does_not_fit_its_key_is_refused_and_nothing_breaks(authorize, make):
    assert authorize(make()) == REFUSED
    assert authorize(signed())["isAuthorized"]


def test_a_key_that_the_token_brings_along_is_not_used(authorize, issuer):
    own = rsa_key("attacker")
    for headers in (
        {"jwk": jwk("attacker", own)},
        {"jku": issuer.url, "x5u": issuer.url},
        {"kid": "attacker", "jwk": jwk("attacker", own), "jku": issuer.url},
    ):
        assert authorize(signed("r1", own, headers=headers)) == REFUSED
    assert issuer.fetched == 1


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "kid": "s", "k": part(b"x" * 32)},
        {"kty": "oct", "kid": "s", "k": part(b"x" * 32), "alg": "RS256"},
        jwk("s", rsa_key("r1"), use="enc"),
    ],
    ids=["a secret", "a secret by another name", "for encryption"],
)
def test_a_key_of_the_wrong_kind_in_the_set_is_not_used(authorize, issuer, key):
    issuer.keys.append(key)

    assert authorize(by_hand({"alg": "HS256", "kid": "s"}, claims(), "x" * 32)) == REFUSED
    assert authorize(signed("s", rsa_key("r1"))) == REFUSED
    assert authorize(signed())["isAuthorized"]


def test_an_unknown_key_id_fetches_at_most_once_a_minute(authorize, issuer, clock):
    assert authorize(signed())["isAuthorized"]
    for n in range(20):
        assert authorize(signed(f"unknown-{n}", rsa_key("another"))) == REFUSED
    assert issuer.fetched == 1

    clock.advance(59)
    assert authorize(signed("unknown", rsa_key("another"))) == REFUSED
    assert issuer.fetched == 1
    clock.advance(1)
    for n in range(20):
        assert authorize(signed(f"unknown-{n}", rsa_key("another"))) == REFUSED
    assert issuer.fetched == 2


def test_a_new_key_is_found_and_an_old_one_forgotten(authorize, issuer, clock):
    assert authorize(signed())["isAuthorized"]
    issuer.keys = [jwk("r2", rsa_key("r2"))]
    clock.advance(60)

    assert authorize(signed("r2"))["isAuthorized"]
    assert authorize(signed("r1")) == REFUSED
    assert issuer.fetched == 2


def test_keys_are_looked_at_anew_after_ten_minutes(authorize, issuer, clock):
    authorize(signed())
    clock.advance(599)
    authorize(signed())
    assert issuer.fetched == 1
    issuer.keys = issuer.keys[1:]
    clock.advance(1)

    assert authorize(signed()) == REFUSED
    assert issuer.fetched == 2


DOWN = {
    "500": (500, b"down"),
    "500 with keys": (500, json.dumps({"keys": [jwk("r1", rsa_key("another"))]}).encode()),
    "404": (404, b'{"error": "no"}'),
    "302": (302, b"{}"),
    "a page": (200, b"<html>"),
    "no keys": (200, b'{"keys": []}'),
    "no set": (200, b"{}"),
    "a list": (200, b"[]"),
    "a set that is none": (200, b'{"keys": {"a": 1}}'),
    "keys that are none": (200, b'{"keys": [1, null, "a", {}]}'),
    "too much": (200, b'{"keys": []}'.ljust(70_000)),
    "nothing": (200, b""),
}


@pytest.mark.parametrize("answer", DOWN.values(), ids=DOWN.keys())
def test_while_the_issuer_is_down_the_known_keys_serve_for_an_hour(
    authorize, issuer, clock, answer
):
    assert authorize(signed())["isAuthorized"]
    issuer.answer = answer
    for _ in range(5):
        clock.advance(600)
        assert authorize(signed())["isAuthorized"]
        assert authorize(signed("unknown", rsa_key("another"))) == REFUSED

    clock.advance(600)
    assert authorize(signed()) == REFUSED
    issuer.answer = None
    clock.advance(60)
    assert authorize(signed())["isAuthorized"]


@pytest.mark.parametrize("answer", DOWN.values(), ids=DOWN.keys())
def test_without_any_keys_nobody_is_let_in(authorize, issuer, answer):
    issuer.answer = answer

    assert authorize(signed()) == REFUSED


@pytest.mark.parametrize("url", ["http://issuer.example/jwks", "http://localhost:1/jwks"])
def test_outside_of_stage_local_the_keys_come_over_https(monkeypatch, url):
    monkeypatch.setenv("STAGE", "production")
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://hub.example.com")
    monkeypatch.setenv("JWT_SECRET_PARAMETER", "")
    monkeypatch.setenv("JWKS_URL", url)
    with pytest.raises(Misconfigured, match="https"):
        tokens.check_settings()
    monkeypatch.setenv("JWKS_URL", "https://issuer.example/jwks")
    tokens.check_settings()
    assert not runtime.settings().local
