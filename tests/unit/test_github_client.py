"""GitHubClient by itself, as a developer's script would use it; GitHub is the simulator."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from hub.errors import (
    InsufficientScope,
    InvalidRequest,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    ReauthRequired,
)
from hub.http_client import HttpClient
from hub.providers import _rest
from hub.providers.github.client import GitHubClient
from tests.simulator.server import Simulator
from tests.unit.simulator.github.app import ADA, CLIENT, GRACE, HANDBOOK, App
from tests.unit.simulator.registered import PREFIX


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"github": CLIENT}, redirect_prefix=PREFIX) as simulator:
        yield simulator


@pytest.fixture
def app(running):
    running.reset()
    return App(running)


@pytest.fixture
def client_of(app):
    base = app.endpoints["apiUrl"]
    send = HttpClient({urlsplit(base).netloc}).send
    return lambda token: GitHubClient(token, send, base)


@pytest.fixture
def client(app, client_of):
    return client_of(app.connect(ADA))


def test_an_issue_is_a_line(app, client):
    made = client.create_issue(HANDBOOK, "Broken link", "On page 3. Grüße 👋")

    (issue,) = app.issues()
    assert made == {
        "id": issue["id"],
        "number": 1,
        "url": "https://github.com/globex/handbook/issues/1",
        "ignored": [],
    }
    assert (issue["author"], issue["title"], issue["body"]) == (
        ADA,
        "Broken link",
        "On page 3. Grüße 👋",
    )


def test_an_issue_has_all_that_github_offers(app, client):
    made = client.create_issue(
        HANDBOOK, "Broken", labels=["bug", "docs"], assignees=[GRACE], milestone=1, kind="Bug"
    )

    (issue,) = app.issues()
    assert made["ignored"] == []
    assert (issue["labels"], issue["assignees"]) == (("bug", "docs"), (GRACE,))
    assert (issue["milestone"], issue["type"]) == (1, "Bug")


def test_what_github_drops_without_a_word_is_told(app, client_of):
    """Grace may create issues here, but not push."""
    made = client_of(app.connect(GRACE)).create_issue(
        HANDBOOK, "Broken", labels=["bug"], assignees=[GRACE], milestone=1, kind="Bug"
    )

    assert made["ignored"] == ["labels", "assignees", "milestone", "type"]
    assert app.issues()[0]["labels"] == ()


def test_an_oauth_app_s_token_does_the_same(app, client_of):
    app.configured(oauth_app=True)

    assert client_of(app.connect(ADA)).create_issue("globex/board", "Private")["number"] == 1


def test_the_token_tells_whose_it_is_and_where_the_app_is_installed(app, client):
    assert (client.account().id, client.account().name) == ("1001", ADA)
    assert client.may_create_issues()
    app.configured(issues_permission=False)
    assert not client.may_create_issues()
    app.configured(issues_permission=True, installed=False)
    assert not client.may_create_issues()


def test_the_token_is_not_shown(client_of):
    client = client_of("ghu_canary")

    assert "canary" not in repr(client)
    with pytest.raises(ReauthRequired) as raised:
        client.create_issue(HANDBOOK, "Broken")
    assert "canary" not in str(raised.value)


def test_a_grant_that_ended_says_so(app, client):
    app.simulator.uninstall("github", ADA)

    with pytest.raises(ReauthRequired):
        client.create_issue(HANDBOOK, "Broken")


@pytest.mark.parametrize(
    ("repository", "words"),
    [
        ("globex/nothing", "no such repository"),
        ("ada-byron/notes", "no such repository"),
        ("globex/mirror", "switched off"),
        ("globex/attic", "does not allow this"),
        ("initech/tools", "install or approve"),
        ("globex/manual", "renamed or moved"),
        ("handbook", "owner/name"),
        ("globex/handbook/issues", "owner/name"),
        ("/handbook", "owner/name"),
        ("globex/", "owner/name"),
    ],
)
def test_a_repository_that_will_not_do_is_explained(app, client_of, repository, words):
    client = client_of(app.connect(GRACE))

    with pytest.raises(InvalidRequest, match=words):
        client.create_issue(repository, "Broken")
    assert app.issues() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": " "}, "this title"),
        ({"title": "x" * 257}, "this title"),
        ({"body": "x" * 65_537}, "this text"),
        ({"assignees": ["nobody"]}, "cannot be given issues"),
        ({"milestone": 99}, "no such milestone"),
        ({"kind": "Riddle"}, "no such type"),
    ],
)
def test_a_field_that_will_not_do_is_explained(app, client, changes, words):
    with pytest.raises(InvalidRequest, match=words):
        client.create_issue(HANDBOOK, **{"title": "Broken"} | changes)
    assert app.issues() == []


def test_a_scope_that_was_taken_away_is_told_as_such(app, client_of):
    """GitHub says 404, and in a header what the token may still do."""
    app.configured(oauth_app=True, granted_scopes=["user:email"])
    client = client_of(app.connect(ADA))

    with pytest.raises(InsufficientScope):
        client.create_issue(HANDBOOK, "Broken")


def test_a_github_app_s_token_never_lacks_a_scope(client):
    with pytest.raises(InvalidRequest, match="no such repository"):
        client.create_issue("globex/nothing", "Broken")


@pytest.mark.parametrize(
    ("kind", "value", "wait"),
    [
        ("rate_limited", 17, 17),
        ("rate_limited", 0, 60),
        ("ok_false", "primary_limit", 1_800),
        ("ok_false", "secondary_limit", 60),
        ("status", 429, 60),
    ],
)
def test_a_limit_says_when_to_come_back(app, client, kind, value, wait):
    app.simulator.fault("github", "issues.create", kind, value=value)
    app.simulator.fault("github", "user", kind, value=value, times=2)

    for ask in (client.account, lambda: client.create_issue(HANDBOOK, "Broken")):
        with pytest.raises(RateLimited) as raised:
            ask()
        assert wait - 2 <= raised.value.retry_after <= wait


def test_a_single_sign_on_that_an_organization_wants_is_explained(app, client):
    app.simulator.fault("github", "issues.create", "ok_false", value="single_sign_on")

    with pytest.raises(InvalidRequest, match="single sign-on"):
        client.create_issue(HANDBOOK, "Broken")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("status", 500),
        ("ok_false", "unavailable"),
        ("lost_answer", None),
        ("reset", None),
        ("truncated", None),
        ("html", None),
        ("empty", None),
        ("body", "[]"),
        ("body", '{"id": 7, "number": 1}'),
        ("huge", 9 * 1024 * 1024),
    ],
)
def test_an_answer_that_is_none_is_never_asked_for_again(app, client, kind, value):
    app.simulator.fault("github", "issues.create", kind, value=value)

    with pytest.raises(ProviderUnavailable):
        client.create_issue(HANDBOOK, "Broken")
    assert len(app.simulator.calls("issues.create")) == 1


def test_an_answer_that_does_not_come_is_a_timeout(app, client, monkeypatch):
    monkeypatch.setattr(_rest, "CALL_SECONDS", 0.2)
    app.simulator.fault("github", "issues.create", "slow", value=1)

    with pytest.raises(ProviderTimeout):
        client.create_issue(HANDBOOK, "Broken")
    assert len(app.simulator.calls("issues.create")) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_explained_and_not_followed(app, client, status):
    there = {"url": f"{app.simulator.url}/github/user", "status": status}
    app.simulator.fault("github", "issues.create", "redirect", value=there)

    with pytest.raises(InvalidRequest, match="renamed or moved"):
        client.create_issue(HANDBOOK, "Broken")
    assert app.simulator.calls("user") == []


def test_reading_is_tried_once_more(app, client):
    app.simulator.fault("github", "user", "status", value=502)

    assert client.account().name == ADA
    assert len(app.simulator.calls("user")) == 2
