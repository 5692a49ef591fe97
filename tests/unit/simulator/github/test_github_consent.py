"""GitHub's consent page: what it shows, what it sends the person back with, what it refuses."""

import pytest
import requests

from tests.simulator.oauth import challenge_of
from tests.simulator.person import NoConsentAsked, NotOnThePage, Person
from tests.unit.simulator.github.app import ADA, GRACE, REDIRECT_URI
from tests.unit.simulator.registered import PREFIX, query_of

VERIFIER = "v" * 43


def shown(url: str) -> requests.Response:
    return requests.get(url, timeout=5, allow_redirects=False)


def test_approving_sends_back_a_code_and_the_state(github):
    callback = Person().approve(github.authorize_url())
    said = query_of(callback)

    assert callback.startswith(f"{REDIRECT_URI}?")
    assert said.pop("code")
    assert said == {"state": "the-state"}


def test_denying_sends_back_access_denied_with_its_description(github):
    said = query_of(Person().deny(github.authorize_url()))

    assert (said["error"], said["state"]) == ("access_denied", "the-state")
    assert said["error_description"] == "The user has denied your application access."
    assert github.simulator.state()["github"]["grants"] == []


def test_a_suspended_application_is_told_so(github):
    github.configured(consent_error="application_suspended")

    said = query_of(Person().approve(github.authorize_url()))
    assert said == {"error": "application_suspended", "state": "the-state"}


def test_an_installation_that_was_only_requested_is_told_beside_the_code(github):
    github.configured(requested=True)

    said = query_of(Person().approve(github.authorize_url()))
    assert (said["setup_action"], said["state"]) == ("request", "the-state")
    assert said["code"]


def test_the_page_offers_made_up_people_and_says_what_is_asked(github):
    page = shown(github.authorize_url()).text

    assert [page.count(f">{login}</option>") for login in (ADA, GRACE)] == [1, 1]
    assert "Read and write issues" in page
    assert 'type="checkbox"' not in page
    assert page.index(">Approve<") < page.index(">Deny<")


def test_of_an_oauth_app_each_scope_can_be_left_out(github):
    github.configured(oauth_app=True)
    page = shown(github.authorize_url()).text
    code = github.code(untick=("user:email",))

    assert page.count('type="checkbox"') == 2
    assert github.exchange(code).json()["scope"] == "repo"
    with pytest.raises(NotOnThePage):
        github.code(untick=("read:org",))


def test_a_scope_that_another_one_implies_is_not_told(github):
    github.configured(oauth_app=True)
    code = github.code(scope="user user:email repo public_repo read:org")

    assert github.exchange(code).json()["scope"] == "user,repo,read:org"


def test_a_github_app_is_asked_for_no_scopes_whatever_it_says(github):
    assert github.exchange(github.code(scope="repo")).json()["scope"] == ""
    assert github.exchange(github.code(scope=None)).json()["scope"] == ""


def test_a_test_can_say_what_will_be_granted(github):
    github.configured(oauth_app=True, granted_scopes=["read:org"])

    assert github.exchange(github.code()).json()["scope"] == "read:org"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": None}, "invalid_client"),
        ({"client_id": "another"}, "invalid_client"),
        ({"redirect_uri": None}, "invalid_redirect_uri"),
        ({"redirect_uri": f"{PREFIX}.evil/cb"}, "invalid_redirect_uri"),
    ],
)
def test_an_app_that_is_not_known_gets_a_page_and_never_a_redirect(github, change, error):
    with pytest.raises(NoConsentAsked, match=f"^{error}$"):
        Person().approve(github.authorize_url(**change))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scope": "repo everything"}, "invalid_scope"),
        ({"scope": "repo,user:email"}, "invalid_scope"),
        ({"code_challenge": VERIFIER}, "invalid_request"),
        ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_a_request_that_is_wrong_is_told_to_the_app(github, change, error):
    github.configured(oauth_app=True)

    back = query_of(shown(github.authorize_url(**change)).headers["Location"])
    assert back == {"error": error, "state": "the-state"}


def test_a_challenge_is_taken_as_s256(github):
    hashed = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}

    assert shown(github.authorize_url(**hashed)).status_code == 200


@pytest.mark.parametrize("change", [{"expiring": "yes"}, {"oauth_app": 1}, {"colour": "red"}])
def test_a_setting_that_does_not_exist_is_refused(github, change):
    with pytest.raises(ValueError, match=r"true or false|no setting"):
        github.configured(**change)
