"""GitHub's REST API: who comes in, what may be done where, and what is refused."""

import pytest
import requests

from tests.unit.simulator.github.app import ADA, GRACE, HANDBOOK


@pytest.fixture
def token(github):
    return github.connect(ADA)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Authorization": "token {token}"}, 200),
        ({"Authorization": "Basic {token}"}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": None}, 401),
        ({"Accept": "application/vnd.github+json"}, 200),
        ({"Accept": "application/xml"}, 415),
        ({"X-GitHub-Api-Version": "2022-11-28"}, 200),
        ({"X-GitHub-Api-Version": "2001-01-01"}, 400),
        ({"User-Agent": ""}, 403),
    ],
)
def test_a_call_says_who_it_is_and_what_it_wants(github, token, headers, status):
    given = {name: value and value.format(token=token) for name, value in headers.items()}

    assert github.get("/user", token, **given).status_code == status


@pytest.mark.parametrize("value", ["ghu_invented", "ghr_invented", ""])
def test_a_token_nobody_was_given_is_bad_credentials(github, value):
    answer = github.get("/user", value)

    assert answer.status_code == 401
    assert answer.json()["message"] == "Bad credentials"


def test_every_answer_tells_of_the_limits_and_the_scopes(github):
    token = github.configured(oauth_app=True).connect(ADA)
    first, second = github.get("/user", token), github.create_issue(token, "globex/nothing")

    assert first.headers["X-RateLimit-Remaining"] == "4999"
    assert second.headers["X-RateLimit-Remaining"] == "4998"
    assert second.headers["X-OAuth-Scopes"] == "repo, user:email"


def test_a_path_that_does_not_exist_is_not_found(github, token):
    answer = github.get("/user/", token)

    assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")


def test_a_person_sees_where_the_app_is_installed_and_reaches(github):
    ada = github.get("/user/installations", github.connect(ADA)).json()
    grace = github.get("/user/installations", github.connect(GRACE)).json()

    assert (ada["total_count"], grace["total_count"]) == (2, 1)
    (installation,) = grace["installations"]
    assert installation["account"]["login"] == "globex"
    assert installation["permissions"] == {"issues": "write", "metadata": "read"}


def test_where_the_app_is_not_installed_there_is_nothing(github, token):
    github.configured(installed=False)

    assert github.get("/user/installations", token).json()["total_count"] == 0


def test_an_oauth_app_has_no_installations(github):
    token = github.configured(oauth_app=True).connect(ADA)

    assert github.get("/user/installations", token).status_code == 403


def test_an_issue_is_answered_with_its_address(github, token):
    answer = github.create_issue(token, labels=["bug"], assignees=[GRACE], milestone=1, type="Bug")

    assert answer.status_code == 201
    issue = answer.json()
    assert answer.headers["Location"] == issue["url"]
    assert issue["html_url"] == f"https://github.com/{HANDBOOK}/issues/1"
    assert [label["name"] for label in issue["labels"]] == ["bug"]
    assert [person["login"] for person in issue["assignees"]] == [GRACE]
    assert (issue["milestone"]["number"], issue["type"]["name"]) == (1, "Bug")
    assert github.create_issue(token).json()["number"] == 2
    assert github.create_issue(token, "globex/board").json()["number"] == 1


def test_who_may_not_push_sets_no_labels_and_is_not_told(github):
    answer = github.create_issue(github.connect(GRACE), labels=["bug"], assignees=["nobody"])

    assert answer.status_code == 201
    assert (answer.json()["labels"], answer.json()["assignees"]) == ([], [])


@pytest.mark.parametrize(
    ("repository", "status"),
    [
        ("globex/handbook", 201),
        ("GLOBEX/Handbook", 201),
        ("globex/board", 201),
        ("globex/manual", 307),
        ("globex/mirror", 410),
        ("globex/attic", 403),
        ("globex/nothing", 404),
        ("ada-byron/notes", 404),
        ("initech/tools", 403),
    ],
)
def test_a_repository_takes_issues_or_says_why_not(github, repository, status):
    answer = github.create_issue(github.connect(GRACE), repository)

    assert answer.status_code == status
    assert len(github.issues()) == (status == 201)


@pytest.mark.parametrize(
    ("settings", "repository", "status"),
    [
        ({"installed": False}, "globex/handbook", 403),
        ({"installed": False}, "globex/board", 404),
        ({"issues_permission": False}, "globex/handbook", 403),
        ({"issues_permission": False}, "globex/board", 403),
    ],
)
def test_a_github_app_reaches_what_it_is_installed_on(github, token, settings, repository, status):
    github.configured(**settings)

    assert github.create_issue(token, repository).status_code == status


@pytest.mark.parametrize(
    ("scope", "repository", "status"),
    [
        ("repo", "globex/board", 201),
        ("repo", "initech/tools", 201),
        ("public_repo", "globex/handbook", 201),
        ("public_repo", "globex/board", 404),
        ("user:email", "globex/handbook", 404),
    ],
)
def test_an_oauth_app_reaches_what_its_scopes_allow(github, scope, repository, status):
    token = github.configured(oauth_app=True).connect(ADA, scope=scope)

    assert github.create_issue(token, repository).status_code == status


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 257}, "title"),
        ({"body": "x" * 65_537}, "body"),
        ({"assignees": ["nobody"]}, "assignees"),
        ({"milestone": 9}, "milestone"),
        ({"type": "Riddle"}, "type"),
    ],
)
def test_a_value_that_will_not_do_is_named(github, token, changes, field):
    answer = github.create_issue(token, **changes)

    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert github.issues() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": "red"},
        {"title": None},
        {"title": ["x"]},
        {"body": 7},
        {"labels": "bug"},
        {"labels": [7]},
        {"assignees": "ada-byron"},
        {"milestone": "1"},
        {"type": 7},
    ],
)
def test_a_body_of_the_wrong_form_is_an_invalid_request(github, token, changes):
    answer = github.create_issue(token, **changes)

    assert answer.status_code == 422
    assert "errors" not in answer.json()
    assert github.issues() == []


@pytest.mark.parametrize(
    ("body", "words"), [(b"{", "Problems parsing JSON"), (b"[]", "Body should be a JSON object")]
)
def test_a_body_that_is_no_object_is_a_bad_request(github, token, body, words):
    answer = github.post(f"/repos/{HANDBOOK}/issues", token, data=body)

    assert (answer.status_code, answer.json()["message"]) == (400, words)


@pytest.mark.parametrize(
    ("name", "status", "header"),
    [
        ("primary_limit", 403, "X-RateLimit-Reset"),
        ("secondary_limit", 403, "X-RateLimit-Remaining"),
        ("single_sign_on", 403, "X-GitHub-SSO"),
        ("bad_credentials", 401, "Content-Type"),
        ("not_found", 404, "Content-Type"),
        ("validation", 422, "Content-Type"),
        ("restricted", 403, "Content-Type"),
        ("unavailable", 503, "Content-Type"),
    ],
)
def test_a_test_can_order_a_refusal(github, name, status, header):
    answer = github.refused(name)

    assert answer.status_code == status
    assert header in answer.headers
    assert answer.json()["documentation_url"].startswith("https://docs.github.com/")


def test_the_overview_shows_people_and_their_issues(simulator, github, token):
    github.create_issue(token, title="Fix <this>")
    page = requests.get(simulator.url, timeout=5).text

    assert f"Ada Byron ({ADA})" in page
    assert "globex/handbook #1</td><td>Fix &lt;this&gt;" in page
