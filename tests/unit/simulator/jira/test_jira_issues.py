"""Jira's issues: what it takes for one, and in which words it refuses."""

import pytest
import requests

from tests.simulator.providers.jira.people import ADA as ADA_BYRON
from tests.simulator.providers.jira.people import GLOBEX, INITECH
from tests.unit.simulator.jira.app import ADA_AT_GLOBEX, GRACE, TASK, WORK, WRITE

PARAGRAPH = {"type": "paragraph", "content": [{"type": "text", "text": "Grüße 👋"}]}
NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"


def document(*content):
    return {"type": "doc", "version": 1, "content": list(content)}


def test_an_issue_is_named_by_id_and_key_and_a_link_into_the_api(jira, token):
    answer = jira.create(token)

    assert answer.status_code == 201
    assert answer.json() == {
        "id": "10000",
        "key": "HR-1",
        "self": f"https://api.atlassian.com/ex/jira/{INITECH.id}/rest/api/3/issue/10000",
    }
    (issue,) = jira.issues()
    assert (issue["site"], issue["reporter"], issue["type"]) == (
        "Initech",
        "grace@example.org",
        "Task",
    )


def test_all_that_targetym_fills_in_is_taken(jira, token):
    parent = jira.create(token).json()
    fields = {
        "project": {"id": "10100"},
        "issuetype": {"id": "10002"},
        "description": document(PARAGRAPH, {"type": "paragraph"}),
        "labels": ["onboarding", "hr"],
        "assignee": {"accountId": ADA_BYRON.id},
        "priority": {"name": "High"},
        "parent": {"key": parent["key"]},
        "duedate": "2026-12-24",
    }
    created = jira.create(token, **fields)

    assert created.status_code == 201, created.text
    read = jira.get(f"/ex/jira/{INITECH.id}/rest/api/3/issue/{created.json()['key']}", token)
    assert read.json()["fields"]["description"] == fields["description"]
    assert read.json()["fields"]["issuetype"] == {"name": "Bug"}


REFUSED = [
    ({"project": {"key": "NONE"}}, "project", "Specify a valid project ID or key"),
    ({"project": "HR"}, "project", "Specify a valid project ID or key"),
    ({"project": None}, "project", "Specify a valid project ID or key"),
    ({"issuetype": {"name": "task"}}, "issuetype", "Specify a valid issue type"),
    ({"issuetype": None}, "issuetype", "Specify a valid issue type"),
    ({"summary": None}, "summary", "You must specify a summary of the issue."),
    ({"summary": " "}, "summary", "You must specify a summary of the issue."),
    ({"summary": 7}, "summary", "You must specify a summary of the issue."),
    ({"summary": "x" * 256}, "summary", "Summary must be less than 255 characters."),
    (
        {"summary": "a\nb"},
        "summary",
        "The summary is invalid because it contains newline characters.",
    ),
    ({"description": "plain"}, "description", NO_DOCUMENT),
    ({"labels": ["two words"]}, "labels", "contains spaces which is invalid"),
    ({"labels": "hr"}, "labels", "not an array"),
    ({"assignee": {"accountId": "nobody"}}, "assignee", "cannot be assigned issues"),
    ({"assignee": {"name": "ada"}}, "assignee", "cannot be assigned issues"),
    ({"priority": {"name": "Urgent"}}, "priority", "invalid"),
    ({"parent": {"key": "HR-99"}}, "parent", "Could not find issue"),
    ({"duedate": "24.12.2026"}, "duedate", "Error parsing date string"),
    ({"duedate": "20261224"}, "duedate", "Error parsing date string"),
    ({"colour": "red"}, "colour", "cannot be set"),
    ({"issuetype": {"name": "Onboarding"}}, "customfield_10042", "Start date is required."),
]


@pytest.mark.parametrize(("changes", "field", "words"), REFUSED)
def test_a_field_that_does_not_fit_is_named(jira, token, changes, field, words):
    answer = jira.create(token, **changes)

    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == []
    assert words in answer.json()["errors"][field]
    assert jira.issues() == []


def test_several_wrong_fields_are_named_at_once(jira, token):
    errors = jira.create(token, summary="a\nb", labels=["a b"]).json()["errors"]

    assert errors.keys() == {"summary", "labels"}


def test_a_required_field_that_is_filled_in_is_enough(jira, token):
    onboarding = {"issuetype": {"name": "Onboarding"}, "customfield_10042": "2027-01-02"}

    assert jira.create(token, **onboarding).status_code == 201


NO_DOCUMENTS = [
    "text",
    {},
    {"type": "doc", "content": []},
    {"type": "doc", "version": 2, "content": []},
    {"type": "paragraph", "version": 1, "content": []},
    document(*[PARAGRAPH, "text"]),
    document({"type": "text", "text": "not in a paragraph"}),
    document({"type": "paragraph", "content": [{"type": "text", "text": ""}]}),
    document({"type": "paragraph", "content": [{"type": "text"}]}),
    document({"type": "paragraph", "content": [{"type": ["text"], "text": "x"}]}),
    document({"type": "paragraph", "content": "text"}),
    document({"type": "paragraph", "content": [PARAGRAPH]}),
    document({"type": "paragraph", "colour": "red"}),
]


@pytest.mark.parametrize("description", NO_DOCUMENTS)
def test_rich_text_must_be_a_document(jira, token, description):
    answer = jira.create(token, description=description)

    assert answer.json()["errors"] == {"description": NO_DOCUMENT}


def test_a_text_may_be_long_but_not_that_long(jira, token):
    long = [{"type": "text", "text": "x" * 16_384}, {"type": "hardBreak"}]
    just = [*long, {"type": "text", "text": "x" * 16_383}]

    assert (
        jira.create(token, description=document({"type": "paragraph", "content": just})).status_code
        == 201
    )
    answer = jira.create(
        token, description=document({"type": "paragraph", "content": [*long, *long]})
    )
    assert "32,767 characters" in answer.json()["errors"]["description"]


@pytest.mark.parametrize("body", [{}, [], "text", {"fields": []}, {"fields": TASK, "extra": 1}])
def test_another_body_is_no_payload(jira, token, body):
    answer = jira.create(token, body=body)

    assert answer.status_code == 400
    assert answer.json()["errorMessages"][0].startswith("Invalid request payload.")


@pytest.mark.parametrize(
    ("data", "content_type"), [(b"{", "application/json"), (b"{}", "text/plain")]
)
def test_what_is_no_json_is_no_payload_either(jira, token, data, content_type):
    url = f"{jira.endpoints['apiUrl']}/ex/jira/{INITECH.id}/rest/api/3/issue"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
    answer = requests.post(url, data=data, headers=headers, timeout=5)

    assert answer.json()["errorMessages"][0].startswith("Invalid request payload.")


def test_who_may_not_create_issues_is_told_without_a_field(jira, token):
    answer = jira.create(token, project={"key": "LAW"})

    assert answer.status_code == 400
    assert answer.json() == {
        "errorMessages": ["You do not have permission to create issues in this project."],
        "errors": {},
    }


@pytest.mark.parametrize(("scope", "writes", "reads"), [(WRITE, 201, 401), (WORK, 401, 404)])
def test_each_call_has_its_scope(jira, scope, writes, reads):
    token = jira.connect(scope=scope)["access_token"]

    assert jira.create(token).status_code == writes
    path = f"/ex/jira/{INITECH.id}/rest/api/3"
    assert jira.get(f"{path}/issue/HR-99", token).status_code == reads
    assert jira.myself(token).json()["message"] == "Unauthorized; scope does not match"


def test_an_issue_is_another_site_s_affair(jira):
    token = jira.connect(ADA_AT_GLOBEX)["access_token"]
    key = jira.create(token, GLOBEX).json()["key"]
    grace = jira.connect(GRACE)["access_token"]

    assert jira.get(f"/ex/jira/{INITECH.id}/rest/api/3/issue/{key}", grace).status_code == 404


def test_too_many_requests_are_told_with_when_to_come_back(simulator, jira, token):
    simulator.fault("jira", "issue.create", "rate_limited", value=17)
    answer = jira.create(token)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")
    assert answer.headers["RateLimit-Reason"] == "jira-burst-based"
    assert answer.headers["X-RateLimit-Reset"].endswith("Z")
    simulator.fault("jira", "issue.create", "rate_limited", value=0)
    assert "Retry-After" not in jira.create(token).headers
    assert jira.create(token).status_code == 201


def test_what_was_created_is_on_the_overview(simulator, jira, token):
    jira.create(token, summary="<b>Laptop</b>")
    page = requests.get(simulator.url, timeout=5).text

    assert "<td>HR-1</td><td>&lt;b&gt;Laptop&lt;/b&gt;</td>" in page
    assert page.count("Not connected.") == 2
