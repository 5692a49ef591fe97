"""The consent page: what it shows, what it sends the person back with, what it refuses."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.simulator.oauth import redirect_allowed, with_query
from tests.simulator.person import NoConsentAsked, NotOnThePage, Person
from tests.unit.simulator.app import REDIRECT_URI
from tests.unit.simulator.registered import PREFIX


def shown(url: str) -> requests.Response:
    return requests.get(url, timeout=5)


def query_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query, keep_blank_values=True)


def test_approving_sends_back_a_code_and_the_state(slack):
    callback = Person().approve(slack.authorize_url())

    assert callback.startswith(f"{REDIRECT_URI}?")
    assert query_of(callback)["state"] == ["the-state"]
    assert query_of(callback).keys() == {"code", "state"}


def test_denying_sends_back_access_denied_and_the_state(slack):
    callback = Person().deny(slack.authorize_url())

    assert query_of(callback) == {"error": ["access_denied"], "state": ["the-state"]}


def test_without_a_state_none_comes_back(slack):
    assert query_of(Person().approve(slack.authorize_url(state=None))).keys() == {"code"}


def test_a_plain_client_need_only_name_the_decision(slack):
    answer = requests.post(
        slack.authorize_url(), data={"decision": "approve"}, allow_redirects=False, timeout=5
    )
    code = query_of(answer.headers["Location"])["code"][0]

    assert answer.status_code == 302
    assert slack.exchange(code)["scope"] == "channels:read,chat:write,channels:manage,users:read"


def test_the_page_says_in_words_what_is_asked_and_offers_approve_first(slack):
    page = shown(slack.authorize_url()).text

    assert "Targetym" in page
    assert "Send messages as itself" in page
    assert "Ada&#x27;s Bakery" in page
    assert page.index(">Approve<") < page.index(">Deny<")
    assert page.count("<button") == 2
    assert '<html lang="en">' in page
    assert '<label for="account">Workspace</label><select id="account"' in page
    assert page.count("<label><input") == page.count('type="checkbox"') == 4
    assert "<legend>" in page
    assert "<script" not in page


def test_the_page_runs_and_loads_nothing(slack):
    answer = shown(slack.authorize_url())
    policy = answer.headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self' http://localhost:4500" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_person_may_choose_the_workspace_by_name_or_id(slack):
    assert slack.install("Initech")["team"]["name"] == "Initech"
    assert slack.install("T0GLOBEX0001")["team"]["name"] == "Globex"


def test_the_app_may_suggest_a_workspace(slack):
    assert slack.install(team="T0GLOBEX0001")["team"]["name"] == "Globex"
    assert slack.install(team="T0NOWHERE001")["team"]["name"] == "Ada's Bakery"


def test_unticked_permissions_are_not_granted(slack):
    code = slack.code(untick=("users:read", "channels:manage"))

    assert slack.exchange(code)["scope"] == "channels:read,chat:write"


def test_user_permissions_are_ticked_apart_from_those_of_the_bot(slack):
    page = shown(slack.authorize_url(scope="chat:write", user_scope="chat:write")).text

    assert 'name="scope" value="chat:write"' in page
    assert 'name="user_scope" value="chat:write"' in page


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": None}, "invalid_client_id"),
        ({"client_id": "another"}, "invalid_client_id"),
        ({"redirect_uri": None}, "bad_redirect_uri"),
        ({"redirect_uri": "http://localhost:4501/api/integrations/cb"}, "bad_redirect_uri"),
        ({"scope": "chat:write,chat:shout"}, "invalid_scope"),
        ({"scope": "chat:write users:read"}, "invalid_scope"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "chat:write", "user_scope": "channels:manage"}, "invalid_scope"),
        ({"scope": ""}, "no_scopes"),
        ({"scope": None}, "no_scopes"),
    ],
)
def test_what_slack_refuses_is_refused_without_a_redirect(slack, change, error):
    url = slack.authorize_url(**change)
    posted = requests.post(url, data={"decision": "approve"}, allow_redirects=False, timeout=5)

    with pytest.raises(NoConsentAsked, match=f"^{error}$"):
        Person().approve(url)
    assert shown(url).status_code == posted.status_code == 400
    assert "Location" not in posted.headers


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"decision": "perhaps"},
        {"decision": "approve", "account": "T0NOWHERE001"},
        b"%ff=%ff&nonsense",
    ],
)
def test_an_answer_the_page_does_not_offer_is_refused(slack, form):
    answer = requests.post(slack.authorize_url(), data=form, allow_redirects=False, timeout=5)

    assert answer.status_code == 400
    assert "invalid_arguments" in answer.text


def test_hostile_parameters_stay_text(slack):
    hostile = '"><script>alert(1)</script>'
    refused = shown(slack.authorize_url(client_id=hostile, scope=hostile)).text
    asked = shown(slack.authorize_url(state=hostile)).text
    callback = Person().approve(slack.authorize_url(state=hostile))

    assert "<script" not in refused + asked
    assert query_of(callback)["state"] == [hostile]


def test_a_person_cannot_choose_what_is_not_on_the_page(slack):
    with pytest.raises(NotOnThePage, match="Hooli"):
        Person().approve(slack.authorize_url(), workspace="Hooli")
    with pytest.raises(NotOnThePage, match="files:read"):
        Person().approve(slack.authorize_url(), untick=["files:read"])


def test_a_person_notices_that_the_answer_was_not_taken(simulator, slack):
    simulator.fault("slack", "consent", "status", value=503)

    with pytest.raises(NoConsentAsked, match="HTTP 503"):
        Person().approve(slack.authorize_url())


@pytest.mark.parametrize(
    "uri",
    [
        f"{PREFIX}.evil/callback",
        f"{PREFIX}-evil",
        f"{PREFIX}/../elsewhere",
        f"{PREFIX}/%2E%2e/elsewhere",
        f"{PREFIX}/slack/callback#fragment",
        "http://localhost:4500.evil/api/integrations/x",
        "http://localhost:4500@evil/api/integrations/x",
        "https://localhost:4500/api/integrations/x",
        "//localhost:4500/api/integrations/x",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_redirect_elsewhere_is_not_allowed(uri):
    assert not redirect_allowed(uri, PREFIX)


@pytest.mark.parametrize("uri", [PREFIX, f"{PREFIX}/slack/callback", f"{PREFIX}/a?b=c"])
def test_a_redirect_to_the_registered_place_or_below_is_allowed(uri):
    assert redirect_allowed(uri, PREFIX)


def test_without_a_registered_place_any_web_address_is_allowed():
    assert redirect_allowed("http://localhost:1/cb", None)
    assert not redirect_allowed("ftp://localhost:1/cb", None)


def test_a_query_is_added_to_the_one_that_is_there():
    assert with_query("http://a/b?c=d", e="f&g") == "http://a/b?c=d&e=f%26g"
