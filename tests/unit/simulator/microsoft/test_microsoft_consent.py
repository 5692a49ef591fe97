"""Entra ID's authorization endpoint: who may sign in where, what is refused, what comes back."""

import dataclasses

import pytest
import requests

from tests.simulator.person import NoConsentAsked, Person
from tests.simulator.providers.microsoft.directory import CONTOSO, PERSONAL
from tests.unit.simulator.microsoft.app import ADA, ALAN, GRACE, LINUS
from tests.unit.simulator.registered import query_of


def of(app, tenant):
    return dataclasses.replace(app, tenant=tenant)


def test_a_yes_comes_back_with_a_code_the_state_and_a_session(microsoft):
    back = microsoft.come_back(GRACE)

    assert back.keys() == {"code", "state", "session_state"}
    assert back["state"] == "the-state"


def test_a_no_says_so_by_its_number_and_a_page_about_it(microsoft):
    back = query_of(Person().deny(microsoft.authorize_url()))

    assert (back["error"], back["state"]) == ("access_denied", "the-state")
    assert back["error_description"].startswith("AADSTS65004: User declined to consent")
    assert back["error_uri"] == "https://login.microsoftonline.com/error?code=65004"
    assert "error_subcode" not in back


def test_where_an_administrator_must_approve_nothing_but_a_subcode_says_so(simulator, microsoft):
    simulator.configure("microsoft", admin_approval=True)

    assert microsoft.come_back() == {
        "error": "access_denied",
        "error_subcode": "cancel",
        "state": "the-state",
    }


def test_a_consent_error_can_be_ordered(simulator, microsoft):
    simulator.configure("microsoft", consent_error="consent_required")

    assert microsoft.come_back()["error"] == "consent_required"


ADMITTED = [
    ("common", ADA, True),
    ("common", LINUS, True),
    ("organizations", ALAN, True),
    ("organizations", LINUS, False),
    ("consumers", LINUS, True),
    ("consumers", ADA, False),
    (CONTOSO.id, GRACE, True),
    (CONTOSO.domain, GRACE, True),
    (CONTOSO.id, ALAN, False),
    (PERSONAL.id, LINUS, True),
]


@pytest.mark.parametrize(("tenant", "person", "admitted"), ADMITTED)
def test_the_tenant_decides_who_may_sign_in(microsoft, tenant, person, admitted):
    back = of(microsoft, tenant).come_back(person)

    assert ("code" in back) is admitted
    if not admitted:
        assert back["error_description"].startswith("AADSTS50020: ")


WRONG = [
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_mode": "form_post"}, "invalid_request"),
    ({"prompt": "admin_consent"}, "invalid_request"),
    ({"scope": ""}, "invalid_scope"),
    ({"scope": "openid Mail.Everything"}, "invalid_scope"),
    ({"scope": "https://outlook.office.com/Mail.Send"}, "invalid_scope"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
]


@pytest.mark.parametrize(("changes", "error"), WRONG)
def test_a_request_that_is_wrong_is_told_in_the_redirect(microsoft, changes, error):
    answer = requests.get(microsoft.authorize_url(**changes), allow_redirects=False, timeout=5)

    assert query_of(answer.headers["Location"]) == {"error": error, "state": "the-state"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "another"}, "invalid_client"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_redirect_uri"),
    ],
)
def test_an_unknown_app_or_address_gets_a_page(microsoft, changes, error):
    with pytest.raises(NoConsentAsked, match=error):
        Person().approve(microsoft.authorize_url(**changes))


@pytest.mark.parametrize("tenant", ["nobody.example", "3f2504e0", "%7Btenant%7D"])
def test_an_unknown_tenant_gets_a_page(microsoft, tenant):
    with pytest.raises(NoConsentAsked, match="invalid_request"):
        Person().approve(of(microsoft, tenant).authorize_url())


@pytest.mark.parametrize("prompt", [None, "login", "consent", "select_account"])
def test_the_prompts_of_the_documentation_are_taken(microsoft, prompt):
    assert microsoft.come_back(prompt=prompt)["code"]


def test_nobody_who_is_not_on_the_page_consents(microsoft):
    answer = requests.post(
        microsoft.authorize_url(),
        data={"account": "somebody", "decision": "approve"},
        allow_redirects=False,
        timeout=5,
    )

    assert answer.status_code == 400
