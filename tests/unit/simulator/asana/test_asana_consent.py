"""Asana's consent page: what it lets through, whom it tells what is wrong."""

import pytest

from tests.simulator.person import NoConsentAsked, NotOnThePage, Person
from tests.unit.simulator.asana.app import ADA, CLIENT, REDIRECT_URI
from tests.unit.simulator.registered import query_of


def refused(asana, **query):
    """What the page says; nobody is sent anywhere."""
    with pytest.raises(NoConsentAsked) as raised:
        Person().approve(asana.authorize_url(**query))
    return str(raised.value)


def test_who_approves_comes_back_with_a_code_and_the_state(asana):
    back = Person().approve(asana.authorize_url(), ADA)

    assert back.startswith(f"{REDIRECT_URI}?")
    assert query_of(back).keys() == {"code", "state"}
    assert query_of(back)["state"] == "the-state"


def test_who_denies_comes_back_without_a_code(asana):
    back = Person().deny(asana.authorize_url())

    assert query_of(back) == {"error": "access_denied", "state": "the-state"}


def test_all_is_granted_or_nothing(asana):
    with pytest.raises(NotOnThePage):
        Person().approve(asana.authorize_url(), untick=["tasks:read"])


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"client_id": "another"}, "invalid_client"),
        ({"client_id": None}, "invalid_client"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_redirect_uri"),
        ({"redirect_uri": None}, "invalid_redirect_uri"),
    ],
)
def test_an_app_that_is_not_known_is_told_nothing(asana, query, error):
    assert refused(asana, **query) == error


@pytest.mark.parametrize(
    "scope",
    ["default", "tasks:write default", "tasks:execute", "sections:read", "", None],
)
def test_a_scope_the_app_is_not_registered_for_is_shown_to_the_person(asana, scope):
    assert refused(asana, scope=scope) == "forbidden_scopes"


def test_with_full_permissions_single_scopes_are_forbidden(simulator, asana):
    simulator.configure("asana", full_permissions=True)

    assert refused(asana) == "forbidden_scopes"
    assert refused(asana, scope="tasks:write") == "forbidden_scopes"


@pytest.mark.parametrize("scope", ["default", "", None])
def test_with_full_permissions_everything_is_granted_at_once(simulator, asana, scope):
    simulator.configure("asana", full_permissions=True)
    token = asana.token(scope=scope)

    assert asana.introspect(token).json()["scope"] == "default"
    assert asana.call("GET", "/users/me", token).status_code == 200


def test_an_app_that_is_not_distributed_is_turned_away(simulator, asana):
    simulator.configure("asana", distributed=False)

    assert refused(asana) == "invalid_request"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
    ],
)
def test_other_mistakes_are_told_to_the_app(asana, query, error):
    back = Person().approve(asana.authorize_url(**query))

    assert back.startswith(REDIRECT_URI)
    assert query_of(back)["error"] == error


def test_the_state_must_be_sent(asana):
    back = Person().approve(asana.authorize_url(state=None))

    assert query_of(back) == {"error": "invalid_request"}


def test_the_app_may_do_without_a_challenge(asana):
    code = asana.code(code_challenge=None, code_challenge_method=None)
    form = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
    answer = asana.post_form(
        "tokenUrl", grant_type="authorization_code", code=code, redirect_uri=REDIRECT_URI, **form
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("value", [1, "yes", None])
def test_a_switch_is_on_or_off(simulator, value):
    from tests.simulator.engine import UnknownSetting

    with pytest.raises(UnknownSetting):
        simulator.configure("asana", full_permissions=value)
