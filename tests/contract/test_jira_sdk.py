"""The best-kept client for Python, pycontribs' `jira`, against the simulator: what it expects of
Jira Cloud behind Atlassian's gateway, it finds here. It leaves OAuth to others.
"""

from collections.abc import Callable
from typing import Any

import pytest
from jira import JIRA, JIRAError

from hub.providers.jira.document import to_document
from tests.simulator.providers.jira.people import ADA, GLOBEX, GRACE, INITECH, Site
from tests.unit.simulator.jira.app import ADA_AT_GLOBEX, WORK, App

LAPTOP = {"project": {"key": "HR"}, "issuetype": {"name": "Task"}, "summary": "Prepare a laptop"}


@pytest.fixture
def app(registered) -> App:
    return registered(App)


@pytest.fixture
def sdk(app: App) -> Callable[..., JIRA]:
    def connected(token: str, site: Site = INITECH) -> JIRA:
        server = f"{app.endpoints['apiUrl']}/ex/jira/{site.id}"
        return JIRA(
            options={"server": server, "rest_api_version": "3"},
            token_auth=token,
            get_server_info=False,
            max_retries=0,
            logging=False,
        )

    return connected


@pytest.fixture
def jira(app: App, sdk: Callable[..., JIRA]) -> JIRA:
    return sdk(app.connect()["access_token"])


def refused(call: Callable[[], Any]) -> tuple[int, str]:
    """What the SDK makes of a refusal: the status, and the words it found in the body."""
    with pytest.raises(JIRAError) as raised:
        call()
    return raised.value.status_code, raised.value.text


def test_it_creates_an_issue_and_reads_it_back(app: App, jira: JIRA):
    fields = {
        **LAPTOP,
        "description": to_document("First\nline\n\nSecond"),
        "labels": ["hr"],
        "assignee": {"accountId": ADA.id},
    }
    issue = jira.create_issue(fields=fields)

    assert (issue.key, issue.fields.summary) == ("HR-1", "Prepare a laptop")
    assert (issue.fields.issuetype.name, issue.fields.labels) == ("Task", ["hr"])
    (made,) = app.issues()
    assert made["fields"]["description"] == fields["description"]
    assert jira.issue(issue.id).key == issue.key


def test_it_finds_out_who_it_is(jira: JIRA):
    who = jira.myself()

    assert (who["accountId"], who["displayName"]) == (GRACE.id, GRACE.name)
    assert jira.current_user("accountId") == GRACE.id


def test_it_works_on_the_site_that_the_address_names(app: App, sdk: Callable[..., JIRA]):
    token = app.connect(ADA_AT_GLOBEX)["access_token"]
    sdk(token, GLOBEX).create_issue(fields=LAPTOP)

    assert [issue["site"] for issue in app.issues()] == ["Globex"]
    assert refused(lambda: sdk(token).myself()) == (
        403,
        "The app is not installed on this instance",
    )


def test_it_works_with_a_refreshed_token_and_not_without(app: App, sdk: Callable[..., JIRA]):
    before = app.connect()
    after = app.refresh(before["refresh_token"])

    assert sdk(after["access_token"]).myself()["accountId"] == GRACE.id
    app.simulator.advance(3600)
    assert refused(sdk(after["access_token"]).myself) == (401, "Unauthorized")


WRONG = [
    ({"project": {"key": "NONE"}}, "Specify a valid project ID or key"),
    ({"issuetype": {"name": "Nonsense"}}, "Specify a valid issue type"),
    ({"issuetype": {"name": "Onboarding"}}, "Start date is required."),
    ({"project": {"key": "LAW"}}, "You do not have permission to create issues in this project."),
    ({"labels": ["two words"]}, "The label 'two words' contains spaces which is invalid."),
    (
        {"description": "plain text, as version 2 of the API takes it"},
        "Operation value must be an Atlassian Document (see the Atlassian Document Format)",
    ),
]


@pytest.mark.parametrize(("changes", "words"), WRONG)
def test_it_finds_jiras_words_where_it_looks_for_them(
    app: App, jira: JIRA, changes: dict[str, Any], words: str
):
    assert refused(lambda: jira.create_issue(fields={**LAPTOP, **changes})) == (400, words)
    assert app.issues() == []


def test_it_understands_the_gateway_s_refusals_too(app: App, sdk: Callable[..., JIRA], jira: JIRA):
    reading = sdk(app.connect(scope=WORK)["access_token"])
    writing = refused(lambda: reading.create_issue(fields=LAPTOP))
    assert writing == (401, "Unauthorized; scope does not match")
    assert refused(sdk("invented").myself) == (401, "Unauthorized")
    assert refused(lambda: jira.issue("HR-99"))[0] == 404


def test_it_reads_when_it_may_come_back(app: App, jira: JIRA):
    app.simulator.fault("jira", "issue.create", "rate_limited", value=17)

    with pytest.raises(JIRAError) as raised:
        jira.create_issue(fields=LAPTOP)
    assert raised.value.status_code == 429
    assert raised.value.response.headers["Retry-After"] == "17"
