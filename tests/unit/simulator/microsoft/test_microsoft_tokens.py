"""Entra ID's token endpoint: who may call it, what codes and refresh tokens are good for."""

import dataclasses
from base64 import urlsafe_b64decode

import jwt
import pytest
import requests

from tests.simulator.providers.microsoft.directory import CONTOSO
from tests.simulator.providers.microsoft.tokens import LOGIN
from tests.unit.simulator.microsoft.app import (
    ADA,
    ALAN,
    CLIENT,
    GRACE,
    IN_FORM,
    REDIRECT_URI,
    SCOPES,
)
from tests.unit.simulator.registered import S256, VERIFIER

GRAPH = "https://graph.microsoft.com/"
WITHOUT_CHALLENGE = dict.fromkeys(S256)


def test_the_answer_has_microsofts_shape(microsoft):
    answer = microsoft.connect()

    assert answer.pop("access_token").startswith("eyJ")
    assert answer.pop("refresh_token").startswith("1.")
    assert answer.pop("id_token").count(".") == 2
    assert answer == {
        "token_type": "Bearer",
        "scope": (
            "User.Read Calendars.ReadWrite Mail.Send ChannelMessage.Send Files.ReadWrite "
            "profile openid email"
        ),
        "expires_in": 3599,
        "ext_expires_in": 3599,
    }


def test_scopes_come_back_as_they_were_asked(microsoft):
    asked = f"openid profile {GRAPH}user.read {GRAPH}Mail.Send"

    assert microsoft.connect(scope=asked)["scope"] == (
        f"{GRAPH}User.Read {GRAPH}Mail.Send profile openid email"
    )
    assert microsoft.connect(scope="user.read MAIL.SEND")["scope"] == "User.Read Mail.Send"


@pytest.mark.parametrize(
    ("scope", "missing"),
    [("openid User.Read", "refresh_token"), ("offline_access User.Read", "id_token")],
)
def test_refresh_and_id_tokens_come_to_those_who_ask_for_them(microsoft, scope, missing):
    assert missing not in microsoft.connect(scope=scope)


def read(microsoft, id_token):
    keys = requests.get(
        f"{microsoft.endpoints['apiUrl']}/organizations/discovery/v2.0/keys", timeout=5
    ).json()
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(id_token)["kid"]]
    times = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    return jwt.decode(id_token, key, audience=CLIENT.client_id, options=times)


def test_the_id_token_is_signed_and_names_a_person_in_a_tenant(simulator, microsoft):
    told = read(microsoft, microsoft.connect(GRACE)["id_token"])
    now = int(simulator.now())

    assert told.pop("sub")
    assert told.pop("uti")
    assert told == {
        "aud": CLIENT.client_id,
        "iss": f"https://login.microsoftonline.com/{CONTOSO.id}/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + 3599,
        "name": "Grace Hooper",
        "oid": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "preferred_username": GRACE,
        "tid": CONTOSO.id,
        "ver": "2.0",
    }


def test_without_profile_the_id_token_says_less(microsoft):
    told = read(microsoft, microsoft.connect(scope="openid User.Read")["id_token"])

    assert not {"oid", "name", "preferred_username"} & told.keys()


def test_a_nonce_comes_back_in_the_id_token(microsoft):
    assert read(microsoft, microsoft.connect(nonce="the-nonce")["id_token"])["nonce"] == "the-nonce"


def test_client_info_comes_to_those_who_ask_for_it(microsoft):
    code = microsoft.come_back(GRACE)["code"]
    info = microsoft.exchange(code, client_info="1")["client_info"]

    assert CONTOSO.id.encode() in urlsafe_b64decode(info)


@pytest.mark.parametrize(
    ("client", "status", "number"),
    [
        ({"client_id": "another"}, 400, 700016),
        ({"client_id": ""}, 400, 700016),
        ({"client_secret": ""}, 401, 7000218),
        ({"client_secret": "wrong"}, 401, 7000215),
    ],
)
def test_nobody_else_exchanges_a_code(simulator, microsoft, client, status, number):
    code = microsoft.code()
    answer = microsoft.exchange(code, status=status, **client)

    assert answer["error"] == ("unauthorized_client" if status == 400 else "invalid_client")
    assert answer["error_codes"] == [number]
    assert answer["error_description"].startswith(f"AADSTS{number}: ")
    assert simulator.calls("token")[-1].client_authenticated is False
    assert microsoft.exchange(code)["access_token"]


@pytest.mark.parametrize(("secret", "status"), [(CLIENT.client_secret, 200), ("wrong", 401)])
def test_a_client_may_authenticate_by_basic_too(microsoft, secret, status):
    form = {
        "grant_type": "authorization_code",
        "code": microsoft.code(),
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    url = microsoft.endpoints["tokenUrl"]
    answer = requests.post(url, data=form, auth=(CLIENT.client_id, secret), timeout=5)

    assert answer.status_code == status


def number_of(answer):
    assert answer["error"] == "invalid_grant"
    assert {"timestamp", "trace_id", "correlation_id"} < answer.keys()
    return answer["error_codes"][0]


def test_a_code_is_good_once(microsoft):
    code = microsoft.code()
    microsoft.exchange(code)

    assert number_of(microsoft.exchange(code, status=400)) == 54005


def test_a_code_is_good_for_ten_minutes(simulator, microsoft):
    code = microsoft.code()
    simulator.advance(600)

    assert number_of(microsoft.exchange(code, status=400)) == 70008


SPOILT = [
    ({"code": "1.AXkAinvented"}, 9002313),
    ({"redirect_uri": f"{REDIRECT_URI}/"}, 500112),
    ({"code_verifier": ""}, 50148),
    ({"code_verifier": "w" * 43}, 501481),
]


@pytest.mark.parametrize(("changes", "number"), SPOILT)
def test_a_code_needs_its_address_and_its_verifier(microsoft, changes, number):
    form = {
        "grant_type": "authorization_code",
        "code": microsoft.code(),
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }

    assert number_of(microsoft.token(status=400, **form | changes)) == number


def test_a_verifier_is_not_invented(microsoft):
    code = microsoft.come_back(**WITHOUT_CHALLENGE)["code"]

    assert number_of(microsoft.exchange(code, status=400)) == 50148


def test_a_code_is_worth_nothing_at_another_tenants_endpoint(microsoft):
    code = microsoft.code()
    elsewhere = dataclasses.replace(microsoft, tenant=CONTOSO.id)

    assert number_of(elsewhere.exchange(code, status=400)) == 700005
    assert microsoft.exchange(code)["access_token"]


def test_an_unknown_tenant_has_no_endpoint(microsoft):
    nowhere = dataclasses.replace(microsoft, tenant="nobody.example")
    answer = nowhere.exchange("1.AXkA", status=400)

    assert (answer["error"], answer["error_codes"]) == ("invalid_request", [90002])


def test_a_scope_at_the_token_endpoint_must_have_been_consented_to(microsoft):
    more = microsoft.exchange(microsoft.code(), status=400, scope="Files.ReadWrite.All")
    fewer = microsoft.exchange(microsoft.code(), scope="user.read openid")

    assert (number_of(more), more["suberror"]) == (65001, "consent_required")
    assert fewer["access_token"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"grant_type": "refresh_token"}', "application/json"),
        (b"code=1&code=2", "application/x-www-form-urlencoded"),
        (b"\xff", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form_is_an_invalid_request(microsoft, body, content_type):
    headers = {"Content-Type": content_type}
    answer = requests.post(microsoft.endpoints["tokenUrl"], data=body, headers=headers, timeout=5)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_another_grant_type_is_not_offered(microsoft):
    assert microsoft.token(status=400, grant_type="password")["error"] == "unsupported_grant_type"


def test_each_refresh_brings_a_new_token_and_leaves_the_old_one_good(microsoft):
    first = microsoft.connect(ALAN)["refresh_token"]
    second = microsoft.refresh(first)["refresh_token"]

    assert second != first
    assert microsoft.refresh(first)["access_token"]
    assert microsoft.refresh(second)["access_token"]


def test_a_refresh_token_dies_of_ninety_idle_days(simulator, microsoft):
    token = microsoft.connect()["refresh_token"]
    simulator.advance(89 * 86_400)
    younger = microsoft.refresh(token)["refresh_token"]
    simulator.advance(86_400)

    assert number_of(microsoft.refresh(token, status=400)) == 50173
    assert microsoft.refresh(younger)["access_token"]


def test_sessions_that_were_revoked_end_every_token_of_the_person(simulator, microsoft):
    ada, grace = microsoft.connect(ADA), microsoft.connect(GRACE)
    assert simulator.uninstall("microsoft", ADA) is True
    assert simulator.uninstall("microsoft", ADA) is False
    assert simulator.uninstall("microsoft", "nobody@contoso.example") is False

    assert number_of(microsoft.refresh(ada["refresh_token"], status=400)) == 50173
    assert microsoft.get("/me", ada["access_token"]).status_code == 401
    assert microsoft.get("/me", grace["access_token"]).status_code == 200


def test_there_is_nowhere_to_revoke(microsoft):
    url = f"{microsoft.endpoints['apiUrl']}/organizations/oauth2/v2.0/revoke"

    assert requests.post(url, data=IN_FORM, timeout=5).status_code == 404
    assert "revocationUrl" not in microsoft.simulator.endpoints("microsoft")


def test_the_discovery_document_gives_microsofts_own_addresses(microsoft):
    path = "/organizations/v2.0/.well-known/openid-configuration"
    told = requests.get(f"{microsoft.endpoints['apiUrl']}{path}", timeout=5).json()

    assert told["token_endpoint"] == f"{LOGIN}/organizations/oauth2/v2.0/token"
    assert told["issuer"] == f"{LOGIN}/{{tenantid}}/v2.0"


def test_no_secret_is_in_the_log(simulator, microsoft):
    answer = microsoft.connect(scope=SCOPES)

    for secret in ("access_token", "refresh_token", "id_token"):
        assert answer[secret] in simulator.issued_secrets()
        assert answer[secret] not in repr(simulator.log())
