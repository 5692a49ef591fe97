"""The authorizer with a shared secret: exactly the tokens our issuer made for us, nothing else."""

import base64
import hashlib
import hmac
import json
import time

import boto3
import jwt
import pytest

from hub import runtime, tokens
from hub.errors import Misconfigured
from tests.functional.conftest import JWT_SECRET
from tests.functional.gateway import Context, handler_of

REFUSED = {"isAuthorized": False}
ISSUER = "https://issuer.example"


def claims(**changes):
    """What our issuer says; a value of ... leaves the claim out."""
    said = {
        "iss": ISSUER,
        "aud": "authenticated",
        "sub": "ada",
        "exp": int(time.time()) + 3600,
        "app_metadata": {"organization_id": "org-a", "role": "admin"},
        **changes,
    }
    return {name: value for name, value in said.items() if value is not ...}


def metadata(**changes):
    said = {"organization_id": "org-a", "role": "admin", **changes}
    return {"app_metadata": {name: value for name, value in said.items() if value is not ...}}


def signed(secret=JWT_SECRET, algorithm="HS256", headers=None, **changes):
    return jwt.encode(claims(**changes), secret, algorithm, headers=headers)


def part(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(header, payload, secret=JWT_SECRET, digest=hashlib.sha256):
    """A token signed with HS256, whatever its header says."""
    text = f"{part(header)}.{part(payload)}"
    return f"{text}.{part(hmac.digest(secret.encode(), text.encode(), digest))}"


@pytest.fixture
def authorize(configured):
    def ask(token, header="authorization", scheme="Bearer "):
        event = {"version": "2.0", "type": "REQUEST", "headers": {header: f"{scheme}{token}"}}
        return handler_of("authorizer")(event, Context())

    return ask


def test_a_token_of_our_issuer_tells_who_asks(authorize):
    exp = int(time.time()) + 60

    assert authorize(signed(exp=exp)) == {
        "isAuthorized": True,
        "context": {"organization": "org-a", "user": "ada", "role": "admin", "exp": str(exp)},
    }


@pytest.mark.parametrize(
    ("header", "scheme"),
    [
        ("authorization", "Bearer "),
        ("Authorization", "Bearer "),
        ("AUTHORIZATION", "bearer "),
        ("authorization", "BEARER  "),
    ],
)
def test_the_header_is_read_however_it_is_written(authorize, header, scheme):
    assert authorize(signed(), header, scheme)["isAuthorized"]


@pytest.mark.parametrize("scheme", ["", "Basic ", "Token ", "Bearer", "Bearer,", "Bearer Bearer "])
def test_any_other_scheme_is_refused(authorize, scheme):
    assert authorize(signed(), scheme=scheme) == REFUSED


@pytest.mark.parametrize("headers", [None, {}, {"cookie": "a=b"}, {"authorization": ""}])
def test_without_a_token_nobody_is_let_in(configured, headers):
    assert handler_of("authorizer")({"headers": headers}, Context()) == REFUSED


NONE = [
    f"{part({'alg': alg, 'typ': 'JWT'})}.{part(claims())}.{signature}"
    for alg in ("none", "None", "NONE", "nOnE", "", None)
    for signature in ("", part(b"x" * 32))
]


@pytest.mark.parametrize("token", NONE)
def test_a_token_nobody_signed_is_refused(authorize, token):
    assert authorize(token) == REFUSED


@pytest.mark.parametrize(("alg", "digest"), [("HS384", "sha384"), ("HS512", "sha512")])
def test_another_algorithm_is_refused_though_the_secret_is_right(authorize, alg, digest):
    assert authorize(by_hand({"alg": alg}, claims(), digest=digest)) == REFUSED


@pytest.mark.parametrize("alg", ["RS256", "ES256", "HS384", "hs256", "HS256 ", ["HS256"], 1])
def test_what_the_header_claims_changes_nothing(authorize, alg):
    assert authorize(by_hand({"alg": alg, "typ": "JWT"}, claims())) == REFUSED


def test_tokens_made_by_hand_are_as_good_as_any(authorize):
    """Negative control of those made by hand above and below."""
    assert authorize(by_hand({"alg": "HS256", "typ": "JWT"}, claims()))["isAuthorized"]


FORGED = {
    "another secret": lambda: signed("another-secret-of-at-least-32-bytes-"),
    "an empty secret": lambda: by_hand({"alg": "HS256"}, claims(), ""),
    "the secret's name": lambda: by_hand({"alg": "HS256"}, claims(), "/targetym/local/jwt-secret"),
    "no signature": lambda: signed().rpartition(".")[0] + ".",
    "half a signature": lambda: signed()[:-20],
    "another's signature": lambda: (
        signed(sub="eve").rpartition(".")[0] + "." + signed().rpartition(".")[2]
    ),
    "two parts": lambda: signed().rpartition(".")[0],
    "four parts": lambda: signed() + ".x",
    "five parts": lambda: signed() + ".x.x",
    "two tokens": lambda: f"{signed()},{signed()}",
    "a comma behind": lambda: signed() + ",",
    "nothing in it": lambda: "..",
    "no base64": lambda: "a!.b!.c!",
    "no JSON": lambda: by_hand(b"header", b"claims"),
    "claims that are a list": lambda: by_hand({"alg": "HS256"}, [claims()]),
    "a header that is a list": lambda: by_hand(["HS256"], claims()),
    "a deep header": lambda: by_hand(b'{"alg":"HS256","x":' + b"[" * 5000, claims()),
    "a deep and closed header": lambda: by_hand(
        b'{"alg":"HS256","x":' + b"[" * 2000 + b"]" * 2000 + b"}", b"[" * 1000 + b"]" * 1000
    ),
    "an extension to be understood": lambda: signed(headers={"crit": ["x"], "x": 1}),
    "an unencoded payload": lambda: signed(headers={"crit": ["b64"], "b64": False}),
    "no ASCII": lambda: signed() + "é",
    "a lone surrogate": lambda: signed() + "\ud800",
    "too long": lambda: signed(padding="x" * 9000),
}


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED.keys())
def test_a_forged_or_broken_token_is_refused(authorize, make):
    assert authorize(make()) == REFUSED


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": ...},
        {"iss": "https://issuer.example/"},
        {"iss": "https://ISSUER.example"},
        {"iss": [ISSUER]},
        {"iss": None},
        {"aud": ...},
        {"aud": "anon"},
        {"aud": "Authenticated"},
        {"aud": []},
        {"aud": {"authenticated": True}},
        {"exp": ...},
        {"exp": None},
        {"exp": int(time.time()) - 6},
        {"exp": 0},
        {"exp": -1},
        {"exp": "tomorrow"},
        {"exp": [2**40]},
        {"exp": {}},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"nbf": int(time.time()) + 600},
        {"iat": int(time.time()) + 600},
    ],
    ids=",".join,
)
def test_claims_that_are_not_for_us_now_are_refused(authorize, changes):
    assert authorize(by_hand({"alg": "HS256"}, claims(**changes))) == REFUSED


def test_one_audience_of_several_is_enough(authorize):
    assert authorize(signed(aud=["other", "authenticated"]))["isAuthorized"]


GOOD_IDS = ["a", "org-a", "A1", "5f0c8b9e-0b5c-4d6e-9a3c-2f1d3b7a9c11", "a_b.c:d@e|f", "x" * 100]
BAD_IDS = [
    *("#deployment", "org#a", "", " ", " org", "org ", "org a", "org\n", "-org", ".", "..", "/"),
    *("org/../b", "örg", "\u043erg", "org\0", "org\u200b", "x" * 101, 7, True, None, ["org"], {}),
    ...,
]


@pytest.mark.parametrize("id_", GOOD_IDS)
def test_ids_of_any_usual_form_are_taken(authorize, id_):
    context = authorize(signed(sub=id_, **metadata(organization_id=id_)))["context"]

    assert (context["organization"], context["user"]) == (id_, id_)


@pytest.mark.parametrize("id_", BAD_IDS, ids=repr)
def test_an_organization_that_could_be_part_of_another_key_is_refused(authorize, id_):
    assert authorize(signed(**metadata(organization_id=id_))) == REFUSED


@pytest.mark.parametrize("id_", BAD_IDS, ids=repr)
def test_a_user_that_could_be_part_of_another_key_is_refused(authorize, id_):
    assert authorize(by_hand({"alg": "HS256"}, claims(sub=id_))) == REFUSED


@pytest.mark.parametrize("given", [..., None, "org-a", ["org-a"], {}])
def test_without_the_metadata_nobody_is_let_in(authorize, given):
    assert authorize(signed(app_metadata=given)) == REFUSED


@pytest.mark.parametrize("role", [..., None, "owner", ["admin"], {"admin": 1}, "x" * 5000])
def test_any_role_is_passed_on_for_the_api_to_refuse(authorize, role):
    context = authorize(signed(**metadata(role=role)))["context"]

    assert context["role"] not in {"admin", "hr", "manager"}
    assert len(context["role"]) <= 50


def test_claims_are_where_the_deployment_says(authorize, monkeypatch):
    monkeypatch.setenv("ORGANIZATION_CLAIM", "tenant")
    monkeypatch.setenv("USER_CLAIM", "user.profile.id")
    monkeypatch.setenv("ROLE_CLAIM", "roles.targetym")
    said = {"tenant": "org-z", "user": {"profile": {"id": "zoe"}}, "roles": {"targetym": "hr"}}
    context = authorize(signed(**said))["context"]

    assert (context["organization"], context["user"], context["role"]) == ("org-z", "zoe", "hr")
    assert authorize(signed()) == REFUSED


def test_no_token_is_logged(authorize, logs):
    for token in (signed(), signed("another-secret-of-at-least-32-bytes-")):
        authorize(token)
        assert token.split(".")[2] not in logs.getvalue()


def test_a_secret_that_is_too_short_lets_nobody_in(authorize):
    boto3.client("ssm").put_parameter(
        Name="/targetym/local/jwt-secret", Value="x" * 31, Type="SecureString", Overwrite=True
    )
    with pytest.raises(Misconfigured, match="at least 32 bytes"):
        authorize(by_hand({"alg": "HS256"}, claims(), "x" * 31))


@pytest.mark.parametrize(
    ("jwks", "secret"), [("", ""), ("https://issuer.example/jwks", "/targetym/local/jwt-secret")]
)
def test_there_is_exactly_one_source_of_trust(monkeypatch, jwks, secret):
    monkeypatch.setenv("JWKS_URL", jwks)
    monkeypatch.setenv("JWT_SECRET_PARAMETER", secret)
    with pytest.raises(Misconfigured, match="exactly one"):
        tokens.check_settings()
    assert runtime.settings().local
