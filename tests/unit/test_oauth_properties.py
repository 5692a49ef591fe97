"""What holds for any text in the authorization code grant: nothing of it becomes syntax."""

import re
import secrets
from base64 import b64decode
from urllib.parse import parse_qsl, unquote_plus, urlsplit
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import oauth
from hub.http_types import Answer, Request
from hub.models import Account, Secret
from hub.providers._provider import Access, Provider
from hub.providers._values import (
    ActsAs,
    Client,
    ClientAuthentication,
    Endpoints,
    RevocationScope,
)

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
PROVIDER = Provider(
    id="example",
    name="Example",
    features=(),
    acts_as=ActsAs.PERSON,
    account="person",
    endpoints=Endpoints(
        authorization="https://login.example/authorize",
        token="https://api.example/token",
        revocation="https://api.example/revoke",
        api="https://api.example",
    ),
    scopes=(),
    identify=lambda *_: Account(id="1", name="One"),
    revocation_scope=RevocationScope.TOKEN,
    make_client=lambda *_: None,
    client_authentication=ClientAuthentication.BASIC,
)
TEXTS = st.text(min_size=1, max_size=30)
# Texts that came out of JSON may hold halves of characters, which no encoding takes.
BROKEN = st.text(st.characters() | st.sampled_from("\ud800\udfff"), max_size=20)


def client(id_: str, secret: str = "secret") -> Client:
    return Client(id=id_, secret=Secret(secret), endpoints=PROVIDER.endpoints)


@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=3), TEXTS)
def test_the_consent_page_is_asked_for_exactly_this(
    state: str, redirect_uri: str, scopes: list[str], client_id: str
):
    url = oauth.authorization_url(
        PROVIDER,
        client(client_id),
        redirect_uri=redirect_uri,
        state=state,
        scopes=tuple(scopes),
        verifier=VERIFIER,
    )

    assert parse_qsl(urlsplit(url).query, keep_blank_values=True) == [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("scope", " ".join(scopes)),
        ("state", state),
        ("code_challenge", oauth.code_challenge(VERIFIER)),
        ("code_challenge_method", "S256"),
    ]
    assert url.startswith("https://login.example/authorize?")
    assert url.isascii()
    assert not set(url) & set(" +\"'<>\\\r\n\t#")
    assert VERIFIER not in url


@given(TEXTS, TEXTS)
def test_basic_authentication_means_the_same_after_a_form_was_decoded(id_: str, secret: str):
    sent: list[Request] = []

    def send(request: Request, **_: object) -> Answer:
        sent.append(request)
        return Answer(status=200, headers={}, body=b'{"access_token":"at"}', sent_at=0)

    access = Access(provider=PROVIDER, client=client(id_, secret), send=send)
    oauth.exchange(
        access, code=Secret("code"), redirect_uri="https://us.example", verifier=Secret(VERIFIER)
    )
    kind, _, pair = sent[0].headers["authorization"].partition(" ")
    parts = b64decode(pair, validate=True).decode("ascii").split(":")

    assert kind == "Basic"
    assert [unquote_plus(part, errors="strict") for part in parts] == [id_, secret]
    assert not {"client_id", "client_secret"} & sent[0].form.keys()


@given(BROKEN, BROKEN)
def test_a_digest_matches_its_own_value_alone(value: str, other: str):
    assert oauth.matches(value, oauth.digest(value))
    assert oauth.matches(value, oauth.digest(other)) is (value == other)
    assert re.fullmatch("[0-9a-f]{64}", oauth.digest(value))


@pytest.mark.parametrize("expected", ["", "e", "é", "e3b0" * 16, oauth.digest("").upper()])
def test_a_digest_matches_nothing_of_another_form(expected: str):
    assert not oauth.matches("", expected)


def constant_bits(drawn: list[bytes]) -> int:
    numbers = [int.from_bytes(value) for value in drawn]
    always, ever = numbers[0], 0
    for number in numbers:
        always, ever = always & number, ever | number
    return always.bit_count() + 256 - ever.bit_count()


def drawn_states() -> list[bytes]:
    return [b64decode(f"{oauth.new_secret()}=", altchars="-_") for _ in range(200)]


def test_every_bit_of_a_state_is_drawn():
    states = drawn_states()

    assert {len(state) for state in states} == {32}
    assert constant_bits(states) == 0


def test_states_made_of_uuids_would_be_caught(monkeypatch: pytest.MonkeyPatch):
    """Twelve of a UUID's bits say what kind of UUID it is."""
    monkeypatch.setattr(secrets, "token_bytes", lambda _: uuid4().bytes + uuid4().bytes)

    assert constant_bits(drawn_states()) == 12
