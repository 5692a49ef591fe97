"""Drive's and People's lists, as whoever writes a client for them meets them."""

import pytest
import requests

from tests.simulator.providers.google import masks
from tests.unit.simulator.google.app import ADA, AUTH, DRIVE, GRACE

FILES, CHANGES = "/drive/v3/files", "/drive/v3/changes"
START, CONTACTS = f"{CHANGES}/startPageToken", "/v1/people/me/connections"
ALL = f"openid {AUTH}drive {AUTH}contacts.readonly"
NAMES = {"personFields": "names", "requestSyncToken": "true"}


@pytest.fixture
def ask(google):
    token = google.connect(ADA, scope=ALL)["access_token"]

    def get(path: str, *, bearer: str = token, **query: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {bearer}"}
        url = f"{google.endpoints['apiUrl']}{path}"
        return requests.get(url, params=query, headers=headers, timeout=5)

    return get


def change(simulator, resource, kind, **order):
    return simulator.change("google", ADA, resource, kind, **order)


def refusal(answer: requests.Response) -> tuple[int, str, str | None]:
    error = answer.json()["error"]
    (one,) = error["errors"]
    return answer.status_code, one["reason"], one.get("location")


def test_of_a_file_little_is_told_unless_asked_for(ask):
    (file, _) = ask(FILES).json()["files"]

    assert file.keys() == {"kind", "id", "name", "mimeType"}


def test_a_list_tells_what_its_fields_name_and_nothing_else(ask):
    content = ask(FILES, fields="files(id,owners(emailAddress))", pageSize="1").json()

    assert content == {"files": [{"id": "file-plan", "owners": [{"emailAddress": ADA}]}]}


@pytest.mark.parametrize(
    "fields", ["files(", "files)", "files(id", "invented", "files(a)", ",", "*"]
)
def test_fields_that_are_none_are_refused(ask, fields):
    assert refusal(ask(FILES, fields=fields)) == (400, "invalidParameter", "fields")


@pytest.mark.parametrize("size", ["0", "1001", "-1", "many"])
@pytest.mark.parametrize("path", [FILES, CHANGES])
def test_a_page_of_drive_has_a_thousand_at_most(ask, path, size):
    answer = ask(path, pageToken="1000000", pageSize=size)

    assert refusal(answer) == (400, "invalidParameter", "pageSize")


@pytest.mark.parametrize("size", ["0", "1001", "-1", "many"])
def test_a_page_of_contacts_has_a_thousand_at_most(ask, size):
    answer = ask(CONTACTS, **NAMES, pageSize=size)

    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("path", [FILES, CHANGES, CONTACTS])
def test_a_parameter_that_is_not_played_is_refused(ask, path):
    answer = ask(path, pageToken="1000000", orderBy="name", **NAMES)

    assert answer.status_code == 400


@pytest.mark.parametrize("token", ["BOGUS", "~!!~1.x", "~!!~2.0", "1000000"])
def test_a_list_of_files_goes_on_by_its_own_tokens_alone(ask, token):
    assert refusal(ask(FILES, pageToken=token)) == (400, "invalid", "pageToken")


@pytest.mark.parametrize("token", ["BOGUS", "7", "1000003", "2000000"])
def test_changes_go_on_by_their_own_tokens_alone(ask, token):
    assert refusal(ask(CHANGES, pageToken=token)) == (400, "invalid", "pageToken")


def test_changes_need_a_token(ask):
    assert refusal(ask(CHANGES)) == (400, "required", "pageToken")


def test_the_start_of_changes_moves_with_each(simulator, ask):
    before = ask(START).json()["startPageToken"]
    change(simulator, "drive_files", "create")

    told = ask(CHANGES, pageToken=before).json()

    assert [each["fileId"] for each in told["changes"]] == ["file-3"]
    assert told["newStartPageToken"] == ask(START).json()["startPageToken"] != before


def test_only_what_is_not_trashed_can_be_asked_for(ask):
    assert ask(FILES, q="trashed = false").status_code == 200
    assert refusal(ask(FILES, q="trashed = true")) == (400, "invalid", "q")


def test_an_app_with_files_of_its_own_alone_sees_no_others(google, ask):
    bearer = google.connect(GRACE, scope=f"openid {DRIVE}")["access_token"]

    assert [each["id"] for each in ask(FILES, bearer=bearer).json()["files"]] == ["file-plan"]


def test_a_file_that_was_shared_has_changed(google, ask):
    start = ask(START).json()["startPageToken"]
    token = google.connect(ADA, scope=ALL)["access_token"]
    google.share(
        token, "file-plan", {"role": "reader", "type": "user", "emailAddress": "a@example.com"}
    )

    (told,) = ask(CHANGES, pageToken=start).json()["changes"]

    assert told["fileId"] == "file-plan"


def test_a_file_that_is_gone_cannot_be_shared(simulator, google):
    token = google.connect(ADA, scope=ALL)["access_token"]
    change(simulator, "drive_files", "delete", id="file-plan")

    assert google.share(token, "file-plan", {}).status_code == 404


def test_contacts_are_told_by_the_fields_that_are_named(ask):
    one, _ = ask(CONTACTS, **NAMES).json()["connections"]

    assert one.keys() == {"resourceName", "etag", "names"}


@pytest.mark.parametrize("fields", ["", "invented", "names,invented"])
def test_contacts_want_fields_that_there_are(ask, fields):
    answer = ask(CONTACTS, personFields=fields)

    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_a_sync_token_comes_where_it_was_asked_for_and_on_the_last_page(ask):
    assert "nextSyncToken" not in ask(CONTACTS, personFields="names").json()
    first = ask(CONTACTS, **NAMES, pageSize="1").json()
    assert "nextSyncToken" not in first
    last = ask(CONTACTS, **NAMES, pageSize="1", pageToken=first["nextPageToken"]).json()
    assert last["nextSyncToken"]
    assert "nextPageToken" not in last


def test_a_sync_token_that_has_expired_says_so(simulator, ask):
    token = ask(CONTACTS, **NAMES).json()["nextSyncToken"]
    change(simulator, "contacts", "expire")

    error = ask(CONTACTS, **NAMES, syncToken=token).json()["error"]

    assert (error["code"], error["status"]) == (400, "FAILED_PRECONDITION")
    assert error["details"][0]["reason"] == "EXPIRED_SYNC_TOKEN"


def test_all_parameters_stay_as_they_were(ask):
    token = ask(CONTACTS, **NAMES).json()["nextSyncToken"]
    others = {**NAMES, "personFields": "names,metadata"}

    assert ask(CONTACTS, **NAMES, syncToken=token).status_code == 200
    assert ask(CONTACTS, **others, syncToken=token).status_code == 400


@pytest.mark.parametrize("token", ["BOGUS", "é", "e30="])
def test_a_sync_token_of_somebody_else_is_refused(ask, token):
    assert ask(CONTACTS, **NAMES, syncToken=token).status_code == 400


def test_a_mask_gives_what_it_names():
    mask = masks.parsed("a,b(c,d(e)),f")
    content = {"a": 1, "b": [{"c": 2, "x": 3}, {"d": {"e": 4, "x": 5}}], "f": {"g": 6}, "x": 7}

    assert masks.applied(mask, content) == {
        "a": 1,
        "b": [{"c": 2}, {"d": {"e": 4}}],
        "f": {"g": 6},
    }
