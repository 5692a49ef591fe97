"""Drive's `permissions.create`: which files there are, who can be let in, and as what."""

import pytest

from tests.unit.simulator.google.app import ALAN, AUTH, GRACE

READER = {"role": "reader", "type": "user", "emailAddress": "bob@example.com"}
EVERYWHERE = {"supportsAllDrives": "true"}


@pytest.fixture
def full(google):
    return google.connect(scope=f"{AUTH}drive")["access_token"]


def refusal(answer) -> tuple[int, str]:
    error = answer.json()["error"]
    assert answer.status_code == error["code"]
    assert "status" not in error
    return error["code"], error["errors"][0]["reason"]


def test_sharing_answers_the_permission_and_keeps_it(google, token):
    answer = google.share(token, "file-plan", READER)
    (share,) = google.made("shares")

    assert answer.json() == {
        "kind": "drive#permission",
        "id": share["permission"],
        "type": "user",
        "role": "reader",
    }
    assert share == {
        "sub": "108150000000000000001",
        "file": "file-plan",
        "permission": share["permission"],
        "type": "user",
        "role": "reader",
        "whom": "bob@example.com",
        "notified": True,
    }


@pytest.mark.parametrize("role", ["writer", "commenter", "reader"])
@pytest.mark.parametrize(
    ("whom", "shown"),
    [
        ({"type": "user", "emailAddress": "Bob@Example.com"}, "bob@example.com"),
        ({"type": "group", "emailAddress": "team@example.com"}, "team@example.com"),
        ({"type": "domain", "domain": "example.com"}, "example.com"),
        ({"type": "anyone"}, "anyone with the link"),
    ],
)
def test_people_groups_domains_and_anyone_can_be_let_in(google, token, role, whom, shown):
    answer = google.share(token, "file-plan", {"role": role, **whom})

    assert answer.json().items() >= {"role": role, "type": whom["type"]}.items()
    assert google.made("shares")[0]["whom"] == shown


def test_sharing_again_changes_the_one_permission(google, token):
    first = google.share(token, "file-plan", READER).json()
    again = google.share(token, "file-plan", READER | {"role": "writer"}).json()
    other = google.share(token, "file-plan", READER | {"emailAddress": "eve@example.com"}).json()

    assert first["id"] == again["id"] != other["id"]
    assert [share["role"] for share in google.made("shares")] == ["writer", "reader"]


def test_everyones_plan_is_their_own(google, token):
    google.share(token, "file-plan", READER)
    google.share(google.connect(ALAN)["access_token"], "file-plan", READER | {"role": "writer"})

    assert [share["role"] for share in google.made("shares")] == ["reader", "writer"]


def test_a_file_on_a_shared_drive_is_there_for_who_knows_of_shared_drives(google, token):
    known = google.share(token, "file-handbook", READER, **EVERYWHERE)

    assert known.status_code == 200
    assert refusal(google.share(token, "file-handbook", READER)) == (404, "notFound")


def test_a_file_on_a_shared_drive_is_one_for_the_whole_organization(google, token):
    google.share(token, "file-handbook", READER, **EVERYWHERE)
    grace, alan = (google.connect(person)["access_token"] for person in (GRACE, ALAN))
    google.share(grace, "file-handbook", READER | {"role": "writer"}, **EVERYWHERE)
    outside = google.share(alan, "file-handbook", READER, **EVERYWHERE)

    assert refusal(outside) == (404, "notFound")
    assert [share["role"] for share in google.made("shares")] == ["writer"]


def test_an_unknown_file_is_not_found(google, token):
    answer = google.share(token, "file-secret", READER)

    assert refusal(answer) == (404, "notFound")
    assert answer.json()["error"]["message"] == "File not found: file-secret."
    assert answer.json()["error"]["errors"][0]["location"] == "fileId"


def test_with_the_narrow_scope_only_files_opened_with_the_app_are_there(google, token, full):
    assert refusal(google.share(token, "file-budget", READER)) == (404, "notFound")
    assert google.share(full, "file-budget", READER).status_code == 200


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"type": "user", "emailAddress": "a@b.example"}, (400, "required")),
        ({"role": "reader"}, (400, "required")),
        (READER | {"role": "editor"}, (400, "invalid")),
        (READER | {"role": ["reader"]}, (400, "invalid")),
        (READER | {"type": "robot"}, (400, "invalid")),
        ({"role": "reader", "type": "user"}, (400, "invalid")),
        (READER | {"emailAddress": "bob"}, (400, "invalid")),
        (READER | {"emailAddress": 7}, (400, "invalid")),
        (READER | {"domain": "example.com"}, (400, "invalid")),
        (READER | {"type": "anyone"}, (400, "invalid")),
        (READER | {"type": "domain"}, (400, "invalid")),
        ({"role": "reader", "type": "domain", "domain": "nowhere"}, (400, "invalid")),
        ({"role": "reader", "type": "group"}, (400, "invalid")),
        (READER | {"role": "organizer"}, (403, "forbidden")),
        (READER | {"role": "fileOrganizer"}, (403, "forbidden")),
        (READER | {"role": "owner"}, (403, "forbidden")),
    ],
)
def test_what_cannot_be_shared_so_is_refused(google, token, body, refused):
    assert refusal(google.share(token, "file-plan", body)) == refused
    assert google.made("shares") == []


def test_a_file_cannot_be_given_away_without_asking(google, token):
    answer = google.share(token, "file-plan", READER | {"role": "owner"}, transferOwnership="true")

    assert refusal(answer) == (403, "consentRequiredForOwnershipTransfer")


def test_without_a_notification_only_who_has_an_account_can_be_invited(google, token):
    silent = {"sendNotificationEmail": "false"}
    known = google.share(token, "file-plan", READER | {"emailAddress": GRACE}, **silent)
    unknown = google.share(token, "file-plan", READER, **silent)

    assert known.status_code == 200
    assert google.made("shares")[0]["notified"] is False
    assert refusal(unknown) == (400, "invalidSharingRequest")


@pytest.mark.parametrize("name", ["supportsAllDrives", "sendNotificationEmail"])
def test_a_switch_is_true_or_false(google, token, name):
    answer = google.share(token, "file-plan", READER, **{name: "maybe"})

    assert refusal(answer) == (400, "invalidParameter")
