"""`oauth.v2.access` with codes: who may call it, what a code is good for, what comes back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.simulator.journal import fingerprint
from tests.simulator.oauth import challenge_of
from tests.unit.simulator.app import CLIENT, REDIRECT_URI, SCOPES

IN_BODY = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
VERIFIER = "v" * 43


def refused(error: str) -> dict[str, object]:
    return {"ok": False, "error": error}


def test_the_answer_has_slacks_shape(slack):
    answer = slack.install()
    token = answer.pop("access_token")

    assert answer == {
        "ok": True,
        "app_id": "A0SIMULATED",
        "token_type": "bot",
        "scope": SCOPES,
        "bot_user_id": "U0ADA0BOT",
        "team": {"id": "T0ADA0001", "name": "Ada's Bakery"},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": "U0ADA0001"},
    }
    assert token.startswith("xoxb-")


def test_a_user_token_comes_nested_and_only_when_asked_for(slack):
    answer = slack.install(scope="chat:write", user_scope="users:read,chat:write")
    user = answer["authed_user"]

    assert answer["access_token"].startswith("xoxb-")
    assert user["access_token"].startswith("xoxp-")
    assert (user["id"], user["token_type"]) == ("U0ADA0001", "user")
    assert user["scope"] == "users:read,chat:write"


def test_user_scopes_alone_bring_no_token_at_the_top(slack):
    answer = slack.install(scope=None, user_scope="users:read")

    assert not {"access_token", "token_type", "scope", "bot_user_id"} & answer.keys()
    assert answer["authed_user"]["access_token"].startswith("xoxp-")
    assert answer["team"]["id"] == "T0ADA0001"


def test_scopes_come_in_a_header_too(simulator, slack):
    answer = requests.post(
        simulator.endpoints("slack")["tokenUrl"],
        data={"code": slack.code(), "redirect_uri": REDIRECT_URI} | IN_BODY,
        timeout=5,
    )

    assert answer.headers["x-oauth-scopes"] == SCOPES


def test_a_client_may_authenticate_in_the_body(slack):
    form = {"code": slack.code(), "redirect_uri": REDIRECT_URI} | IN_BODY

    assert slack.access(auth=(), **form)["ok"]


def test_arguments_may_be_json(simulator, slack):
    answer = requests.post(
        simulator.endpoints("slack")["tokenUrl"],
        json={"code": slack.code(), "redirect_uri": REDIRECT_URI} | IN_BODY,
        timeout=5,
    ).json()

    assert answer["ok"]
    assert answer["warning"] == "missing_charset"


@pytest.mark.parametrize(
    ("auth", "form", "error"),
    [
        ((), {}, "invalid_client_id"),
        ((), {"client_id": CLIENT.client_id}, "bad_client_secret"),
        ((), {**IN_BODY, "client_secret": "wrong"}, "bad_client_secret"),
        ((), {**IN_BODY, "client_id": "another"}, "invalid_client_id"),
        (("another", CLIENT.client_secret), {}, "invalid_client_id"),
        ((CLIENT.client_id, "wrong"), {}, "bad_client_secret"),
        ((CLIENT.client_id, ""), IN_BODY, "bad_client_secret"),
        (("", ""), IN_BODY, "invalid_client_id"),
    ],
)
def test_nobody_else_exchanges_a_code(simulator, slack, auth, form, error):
    code = slack.code()
    answer = slack.access(auth=auth, code=code, redirect_uri=REDIRECT_URI, **form)

    assert answer == refused(error)
    assert simulator.calls("oauth.v2.access")[-1].client_authenticated is False
    assert slack.exchange(code)["ok"]
    assert simulator.calls("oauth.v2.access")[-1].client_authenticated is True


@pytest.mark.parametrize("header", ["Basic not-base64!", "Basic bm9jb2xvbg==", "Basic //8="])
def test_broken_basic_authentication_is_not_passed_over(simulator, slack, header):
    answer = requests.post(
        simulator.endpoints("slack")["tokenUrl"],
        data={"code": slack.code(), "redirect_uri": REDIRECT_URI} | IN_BODY,
        headers={"Authorization": header},
        timeout=5,
    )

    assert answer.json() == refused("invalid_client_id")


def test_a_code_is_good_once(slack):
    code = slack.code()

    assert slack.exchange(code)["ok"]
    assert slack.exchange(code) == refused("code_already_used")


def test_of_many_exchanges_at_once_one_wins(slack):
    code = slack.code()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(slack.exchange, [code] * 8))

    assert sum(answer["ok"] for answer in answers) == 1
    assert [a["error"] for a in answers if not a["ok"]] == ["code_already_used"] * 7


def test_a_code_is_good_for_ten_minutes(simulator, slack):
    early, late = slack.code(), slack.code()
    simulator.advance(599)
    in_time = slack.exchange(early)
    simulator.advance(1)

    assert in_time["ok"]
    assert slack.exchange(late) == refused("code_expired")


@pytest.mark.parametrize("code", ["", "code-invented"])
def test_an_invented_code_is_invalid(slack, code):
    assert slack.exchange(code) == refused("invalid_code")


@pytest.mark.parametrize("uri", ["", f"{REDIRECT_URI}/", REDIRECT_URI.upper()])
def test_the_redirect_uri_must_be_the_same_to_the_letter(slack, uri):
    assert slack.exchange(slack.code(), redirect_uri=uri) == refused("bad_redirect_uri")


def test_an_unknown_grant_type_is_refused(slack):
    assert slack.access(grant_type="password") == refused("invalid_grant_type")


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"nonsense", "application/x-www-form-urlencoded", "invalid_form_data"),
        (b"code=x", "text/plain", "invalid_post_type"),
        (b"code=x", None, "missing_post_type"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_so(simulator, body, content_type, error):
    headers = {"Content-Type": content_type} if content_type else {}
    url = simulator.endpoints("slack")["tokenUrl"]
    answer = requests.post(url, data=body, headers=headers, timeout=5)

    assert (answer.status_code, answer.json()) == (200, refused(error))


def test_a_verifier_is_refused_unless_the_app_is_a_public_client(slack):
    code = slack.code(code_challenge=challenge_of(VERIFIER), code_challenge_method="S256")

    assert slack.exchange(code, code_verifier=VERIFIER) == refused("pkce_not_allowed")
    assert slack.exchange(code)["ok"]


def test_a_public_client_must_prove_the_challenge(simulator, slack):
    simulator.configure("slack", pkce=True)
    code = slack.code(code_challenge=challenge_of(VERIFIER), code_challenge_method="S256")

    assert slack.exchange(code) == refused("invalid_code_verifier")
    assert slack.exchange(code, code_verifier="w" * 43) == refused("invalid_code_verifier")
    assert slack.exchange(code, code_verifier=VERIFIER)["ok"]


def test_a_public_client_may_go_without_a_challenge_but_not_invent_a_verifier(simulator, slack):
    simulator.configure("slack", pkce=True)
    code = slack.code()

    assert slack.exchange(code, code_verifier=VERIFIER) == refused("invalid_code_verifier")
    assert slack.exchange(code)["ok"]


def test_only_s256_challenges_are_taken(simulator, slack):
    simulator.configure("slack", pkce=True)
    url = slack.authorize_url(code_challenge=VERIFIER, code_challenge_method="plain")

    assert "invalid_arguments" in requests.get(url, timeout=5).text


def test_scopes_add_up_over_installations_of_a_workspace(slack):
    slack.install("Globex", scope="chat:write")
    more = slack.install("Globex", scope="users:read")
    elsewhere = slack.install("Initech", scope="users:read")

    assert more["scope"] == "chat:write,users:read"
    assert elsewhere["scope"] == "users:read"


def test_installing_again_hands_out_the_same_token_until_the_app_is_removed(simulator, slack):
    first, again = slack.install()["access_token"], slack.install()["access_token"]
    simulator.uninstall("slack", "T0ADA0001")

    assert again == first
    assert slack.install()["access_token"] != first


def test_a_test_can_say_what_will_be_granted(simulator, slack):
    simulator.configure("slack", granted_scopes=["chat:write"])
    narrowed = slack.install("Globex")
    simulator.configure("slack", granted_scopes=[])

    assert narrowed["scope"] == "chat:write"
    assert slack.install("Initech")["scope"] == ""


def test_the_log_ties_a_flow_together_without_telling_secrets(simulator, slack):
    code = slack.code()
    token = slack.exchange(code)["access_token"]
    asked, _, exchanged = simulator.log()

    assert asked.fingerprints["redirect_uri"] == exchanged.fingerprints["redirect_uri"]
    assert exchanged.fingerprints["code"] == fingerprint(code)
    assert exchanged.fingerprints["token"] == fingerprint(token)
    assert not any(secret in repr(simulator.log()) for secret in (code, token))
