"""Google's consent page: what it shows, what it sends the person back with, what it refuses."""

import pytest
import requests

from tests.simulator.oauth import challenge_of
from tests.simulator.person import NoConsentAsked, NotOnThePage, Person
from tests.unit.simulator.google.app import (
    ADA,
    ALAN,
    CALENDAR,
    DRIVE,
    EMAIL,
    GRACE,
    MAIL,
    REDIRECT_URI,
)
from tests.unit.simulator.registered import PREFIX, query_of

VERIFIER = "v" * 43


def shown(url: str) -> requests.Response:
    return requests.get(url, timeout=5, allow_redirects=False)


def test_approving_sends_back_what_google_sends(google):
    callback = Person().approve(google.authorize_url())
    said = query_of(callback)

    assert callback.startswith(f"{REDIRECT_URI}?")
    assert said.pop("code").startswith("4/0A")
    assert said == {
        "state": "the-state",
        "scope": f"{CALENDAR} {DRIVE} {MAIL} {EMAIL} openid",
        "authuser": "0",
        "hd": "example.org",
        "prompt": "consent",
    }


def test_a_code_has_a_character_that_a_url_must_escape(google):
    assert "code=4%2F0A" in Person().approve(google.authorize_url())


def test_who_is_of_no_organization_has_no_domain(google):
    said = query_of(Person().approve(google.authorize_url(), ALAN))

    assert "hd" not in said
    assert said["authuser"] == "2"


def test_denying_sends_back_access_denied_and_the_state(google):
    callback = Person().deny(google.authorize_url())

    assert query_of(callback) == {"error": "access_denied", "state": "the-state"}
    assert google.made("grants") == []


def test_without_a_state_none_comes_back(google):
    assert "state" not in query_of(Person().approve(google.authorize_url(state=None)))
    assert query_of(Person().deny(google.authorize_url(state=None))) == {"error": "access_denied"}


def test_the_issuer_comes_back_when_a_test_says_so(simulator, google):
    simulator.configure("google", iss_in_callback=True)

    assert query_of(Person().approve(google.authorize_url()))["iss"] == (
        "https://accounts.google.com"
    )


def test_the_page_offers_made_up_people_and_says_in_words_what_is_asked(google):
    page = shown(google.authorize_url()).text

    assert [page.count(f">{person}</option>") for person in (ADA, GRACE, ALAN)] == [1, 1, 1]
    assert "Targetym" in page
    assert "Send email on your behalf" in page
    assert page.index(">Approve<") < page.index(">Deny<")


def test_each_permission_but_signing_in_can_be_left_out(google):
    page = shown(google.authorize_url()).text
    callback = Person().approve(google.authorize_url(), untick=[DRIVE, MAIL])

    assert page.count('type="checkbox"') == 3
    assert f"<code>{EMAIL}</code>" in page
    assert query_of(callback)["scope"] == f"{CALENDAR} {EMAIL} openid"
    with pytest.raises(NotOnThePage):
        Person().approve(google.authorize_url(), untick=["openid"])


@pytest.mark.parametrize("scope", [CALENDAR, f"openid email profile {CALENDAR}", "openid email"])
def test_one_permission_alone_is_taken_or_left_whole(google, scope):
    assert 'type="checkbox"' not in shown(google.authorize_url(scope=scope)).text


def test_leaving_out_everything_is_denying(google):
    url = google.authorize_url(scope=f"{CALENDAR} {MAIL}")
    callback = Person().approve(url, untick=[CALENDAR, MAIL])

    assert query_of(callback)["error"] == "access_denied"


@pytest.mark.parametrize("scope", ["openid", "email", "profile"])
def test_any_sign_in_scope_is_granted_with_openid_and_under_its_long_name(google, scope):
    granted = query_of(Person().approve(google.authorize_url(scope=scope)))["scope"].split()

    assert "openid" in granted
    assert not {"email", "profile"} & set(granted)


def test_a_test_can_say_what_will_be_granted(simulator, google):
    simulator.configure("google", granted_scopes=["email", MAIL])

    assert google.connect()["scope"] == f"{MAIL} {EMAIL} openid"


@pytest.mark.parametrize("hint", [GRACE, GRACE.upper(), "108150000000000000002"])
def test_the_app_may_hint_at_an_account(google, hint):
    answer = requests.post(
        google.authorize_url(login_hint=hint),
        data={"decision": "approve"},
        allow_redirects=False,
        timeout=5,
    )

    assert query_of(answer.headers["Location"])["authuser"] == "1"


def test_an_unknown_hint_is_passed_over(google):
    assert f"selected>{ADA}<" in shown(google.authorize_url(login_hint="nobody@example.com")).text


@pytest.mark.parametrize("prompt", [None, "none"])
def test_where_all_was_granted_before_nothing_is_asked(google, prompt):
    google.connect(GRACE)
    said = query_of(Person().approve(google.authorize_url(prompt=prompt, login_hint=GRACE)))

    assert said["prompt"] == "none"
    assert google.exchange(said["code"])["scope"] == f"{CALENDAR} {DRIVE} {MAIL} {EMAIL} openid"


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "consent"},
        {"prompt": "select_account"},
        {"prompt": "select_account consent"},
        {"prompt": None, "scope": f"{MAIL} https://www.googleapis.com/auth/contacts"},
        {"prompt": None, "login_hint": None},
        {"prompt": None, "login_hint": ADA},
    ],
)
def test_otherwise_the_person_is_asked(google, change):
    google.connect(GRACE)

    assert shown(google.authorize_url(**{"login_hint": GRACE} | change)).status_code == 200


def test_offline_access_is_asked_for_where_only_online_was_granted(google):
    google.connect(GRACE, access_type="online")
    silent = {"prompt": None, "login_hint": GRACE}

    assert shown(google.authorize_url(**silent)).status_code == 200
    assert shown(google.authorize_url(**silent, access_type="online")).status_code == 302


def test_what_must_be_asked_without_asking_is_refused(google):
    callback = shown(google.authorize_url(prompt="none", login_hint=ADA)).headers["Location"]

    assert query_of(callback) == {"error": "interaction_required", "state": "the-state"}


def test_an_administrators_refusal_comes_on_a_page_or_in_the_redirect(simulator, google):
    simulator.configure("google", admin_policy="page")
    with pytest.raises(NoConsentAsked, match="HTTP 400"):
        Person().approve(google.authorize_url())
    simulator.configure("google", admin_policy="redirect")
    callback = Person().approve(google.authorize_url())

    assert query_of(callback) == {"error": "admin_policy_enforced", "state": "the-state"}
    assert [call.outcome for call in simulator.calls("consent")] == ["admin_policy_enforced"] * 2
    assert google.made("grants") == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": None}, "invalid_request"),
        ({"client_id": "another"}, "invalid_client"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": f"{PREFIX}.evil/cb"}, "redirect_uri_mismatch"),
        ({"redirect_uri": f"{REDIRECT_URI}#x"}, "redirect_uri_mismatch"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": None}, "invalid_request"),
        ({"scope": " "}, "invalid_request"),
        ({"scope": "openid calendar"}, "invalid_scope"),
        ({"scope": f"{CALENDAR},{MAIL}"}, "invalid_scope"),
        ({"scope": f"{CALENDAR}.secret"}, "invalid_scope"),
        ({"access_type": "sometimes"}, "invalid_request"),
        ({"include_granted_scopes": "yes"}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
        ({"prompt": "none consent"}, "invalid_request"),
        ({"code_challenge": "v" * 42}, "invalid_request"),
        ({"code_challenge": "v" * 129}, "invalid_request"),
        ({"code_challenge": "v" * 42 + "/"}, "invalid_request"),
        ({"code_challenge": VERIFIER, "code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_a_wrong_request_gets_a_page_and_never_a_redirect(google, change, error):
    url = google.authorize_url(**change)
    posted = requests.post(url, data={"decision": "approve"}, allow_redirects=False, timeout=5)

    with pytest.raises(NoConsentAsked, match=f"^{error}$"):
        Person().approve(url)
    assert posted.status_code == 400
    assert "Location" not in posted.headers


def test_a_parameter_that_comes_twice_is_refused(google):
    page = shown(f"{google.authorize_url()}&state=another")

    assert page.status_code == 400
    assert "single value: state" in page.text


def test_plain_challenges_are_taken_unless_a_test_forbids_them(simulator, google):
    plain = {"code_challenge": VERIFIER}
    assert shown(google.authorize_url(**plain)).ok
    assert shown(google.authorize_url(**plain, code_challenge_method="plain")).ok
    simulator.configure("google", refuse_plain=True)
    hashed = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}

    assert shown(google.authorize_url(**plain)).status_code == 400
    assert shown(google.authorize_url(**plain, code_challenge_method="plain")).status_code == 400
    assert shown(google.authorize_url(**hashed)).ok


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"decision": "perhaps"},
        {"decision": "approve", "account": "nobody@example.com"},
        b"%ff=%ff&nonsense",
    ],
)
def test_an_answer_the_page_does_not_offer_is_refused(google, form):
    answer = requests.post(google.authorize_url(), data=form, allow_redirects=False, timeout=5)

    assert answer.status_code == 400
    assert "invalid_request" in answer.text


def test_hostile_parameters_stay_text(google):
    hostile = '"><script>alert(1)</script>'
    pages = [
        shown(google.authorize_url(client_id=hostile)),
        shown(google.authorize_url(state=hostile, login_hint=hostile)),
        shown(f"{google.authorize_url()}&{hostile}=1&{hostile}=2"),
    ]

    assert not any("<script" in page.text for page in pages)
    assert query_of(Person().approve(google.authorize_url(state=hostile)))["state"] == hostile
