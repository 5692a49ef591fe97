"""Graph: what every service checks first, Teams, OneDrive, and faults."""

import pytest
import requests

from tests.simulator.providers.microsoft.drives import LIBRARY
from tests.unit.simulator.microsoft.app import ADA, ALAN, CHANNEL, GRACE, TEAM
from tests.unit.simulator.microsoft.orders import (
    ACTIONS,
    INVITATION,
    INVITE,
    MESSAGES,
    POST,
    code_of,
)


@pytest.mark.parametrize(("path", "body", "denied"), ACTIONS)
def test_a_token_is_needed_and_its_scope(simulator, microsoft, path, body, denied):
    other = microsoft.connect(scope="openid User.Read")["access_token"]
    nobody, wrong = microsoft.post(path, None, body), microsoft.post(path, "eyJinvented", body)

    for answer in (nobody, wrong):
        assert code_of(answer) == (401, "InvalidAuthenticationToken")
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm=""')
    assert code_of(microsoft.post(path, other, body)) == (403, denied)
    good = microsoft.connect()["access_token"]
    assert microsoft.post(path, good, body).status_code in {200, 201, 202}
    simulator.advance(3599)
    assert code_of(microsoft.post(path, good, body)) == (401, "InvalidAuthenticationToken")


@pytest.mark.parametrize(("path", "body", "denied"), ACTIONS)
def test_a_body_is_json_with_nothing_unknown_in_it(microsoft, token, path, body, denied):
    url = f"{microsoft.endpoints['apiUrl']}/v1.0{path}"
    headers = {"Authorization": f"Bearer {token}"}
    as_form = requests.post(url, data={"a": "b"}, headers=headers, timeout=5)
    broken = requests.post(
        url, data=b"{", headers=headers | {"Content-Type": "application/json"}, timeout=5
    )

    assert code_of(as_form) == code_of(broken) == (400, "BadRequest")
    assert code_of(microsoft.post(path, token, [body])) == (400, "BadRequest")
    assert code_of(microsoft.post(path, token, {**body, "colour": "red"})) == (
        400,
        "RequestBodyRead",
    )


@pytest.mark.parametrize(("person", "mail"), [(ADA, ADA), (ALAN, None)])
def test_a_profile_has_a_user_name_and_perhaps_an_address(microsoft, person, mail):
    told = microsoft.get("/me", microsoft.connect(person)["access_token"]).json()

    assert (told["userPrincipalName"], told["mail"]) == (person, mail)
    assert {"id", "displayName"} <= told.keys()
    assert code_of(microsoft.get("/me")) == (401, "InvalidAuthenticationToken")
    blind = microsoft.connect(person, scope="openid Mail.Send")["access_token"]
    assert code_of(microsoft.get("/me", blind)) == (403, "Authorization_RequestDenied")


def test_a_message_is_posted_to_a_channel(microsoft, token):
    body = {"body": {"contentType": "html", "content": "<b>Hi</b>"}, "subject": "News"}
    answer = microsoft.post(MESSAGES, token, body)
    posted = answer.json()

    assert answer.status_code == 201
    assert posted["webUrl"].startswith("https://teams.microsoft.com/l/message/19%3A")
    assert posted["channelIdentity"] == {"teamId": TEAM, "channelId": CHANNEL}
    (post,) = microsoft.made("posts")
    assert (post["id"], post["kind"], post["text"]) == (posted["id"], "html", "<b>Hi</b>")
    assert post["subject"] == "News"


@pytest.mark.parametrize(
    ("person", "path", "body", "refused"),
    [
        (ADA, MESSAGES, {"body": {"content": ""}}, (400, "BadRequest")),
        (ADA, MESSAGES, {"subject": "News"}, (400, "BadRequest")),
        (ADA, f"/teams/{TEAM}/channels/19:no/messages", POST, (404, "NotFound")),
        (ADA, f"/teams/no/channels/{CHANNEL}/messages", POST, (404, "NotFound")),
        (ALAN, MESSAGES, POST, (404, "NotFound")),
    ],
)
def test_a_message_needs_words_and_a_channel_of_one_s_own(microsoft, person, path, body, refused):
    token = microsoft.connect(person)["access_token"]

    assert code_of(microsoft.post(path, token, body)) == refused
    assert microsoft.made("posts") == []


def test_a_file_is_shared_with_somebody(microsoft, token):
    answer = microsoft.post(INVITE, token, {**INVITATION, "roles": ["write"], "message": "Look"})
    (permission,) = answer.json()["value"]

    assert answer.status_code == 200
    assert (permission["roles"], permission["invitation"]["email"]) == (["write"], GRACE)
    (share,) = microsoft.made("shares")
    assert (share["item"], share["whom"], share["role"]) == ("01PLAN", GRACE, "write")
    assert (share["message"], share["notified"]) == ("Look", True)


def test_where_only_telling_fails_an_error_stands_beside_the_permission(
    simulator, microsoft, token
):
    simulator.configure("microsoft", mail_blocked=True)
    answer = microsoft.post(INVITE, token, INVITATION)
    silent = microsoft.post(INVITE, token, {**INVITATION, "sendInvitation": False})

    (permission,) = answer.json()["value"]
    assert answer.status_code == 207
    assert permission["id"]
    assert permission["error"]["innererror"]["code"] == "accountVerificationRequired"
    assert silent.status_code == 200
    assert [share["notified"] for share in microsoft.made("shares")] == [False, False]


@pytest.mark.parametrize(
    "changes",
    [
        {"recipients": []},
        {"recipients": GRACE},
        {"recipients": [GRACE]},
        {"recipients": [{"email": "bad"}]},
        {"recipients": [{"email": GRACE, "alias": "grace"}]},
        {"roles": []},
        {"roles": ["reader"]},
        {"roles": "read"},
        {"message": "x" * 2001},
    ],
)
def test_an_invitation_says_whom_and_what(microsoft, token, changes):
    assert code_of(microsoft.post(INVITE, token, INVITATION | changes)) == (400, "invalidRequest")
    assert microsoft.made("shares") == []


@pytest.mark.parametrize("changes", [{"requireSignIn": "yes"}, {"message": 7}])
def test_an_invitations_values_have_their_types(microsoft, token, changes):
    answer = microsoft.post(INVITE, token, INVITATION | changes)

    assert code_of(answer) == (400, "RequestBodyRead")


def test_other_drives_need_a_permission_that_reaches_them(microsoft, token):
    scope = "openid Files.ReadWrite.All"
    everywhere = microsoft.connect(scope=scope)["access_token"]
    elsewhere = microsoft.connect(ALAN, scope=scope)["access_token"]
    path = f"/drives/{LIBRARY}/items/01HANDBOOK/invite"

    assert code_of(microsoft.post(path, token, INVITATION)) == (403, "accessDenied")
    assert microsoft.post(path, everywhere, INVITATION).status_code == 200
    assert code_of(microsoft.post(path, elsewhere, INVITATION)) == (403, "accessDenied")
    for missing in (f"/drives/{LIBRARY}/items/01PLAN", "/me/drive/items/01HANDBOOK"):
        answer = microsoft.post(f"{missing}/invite", everywhere, INVITATION)
        assert code_of(answer) == (404, "itemNotFound")


def test_a_drive_and_its_files_can_be_read(microsoft, token):
    drive = microsoft.get("/me/drive", token).json()["id"]
    for where in ("/me/drive", f"/drives/{drive}"):
        item = microsoft.get(f"{where}/items/01PLAN", token).json()
        assert (item["id"], item["name"]) == ("01PLAN", "Plan.docx")
        assert item["parentReference"]["driveId"] == drive


@pytest.mark.parametrize(
    ("kind", "value", "refused"),
    [
        ("rate_limited", 17, (429, "TooManyRequests")),
        ("ok_false", "accessDenied", (403, "accessDenied")),
        ("ok_false", "serviceNotAvailable", (503, "serviceNotAvailable")),
    ],
)
def test_faults_speak_graphs_language(microsoft, token, kind, value, refused):
    microsoft.simulator.fault("microsoft", "items.invite", kind, value=value)
    answer = microsoft.post(INVITE, token, INVITATION)

    assert code_of(answer) == refused
    assert answer.headers.get("Retry-After") == ("17" if kind == "rate_limited" else None)
    assert microsoft.post(INVITE, token, INVITATION).status_code == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [("invalid_grant", 400), ("invalid_client", 401), ("temporarily_unavailable", 503)],
)
def test_faults_of_the_token_endpoint_speak_entras(microsoft, error, status):
    microsoft.simulator.fault("microsoft", "token", "ok_false", value=error)
    answer = microsoft.exchange(microsoft.code(), status=status)

    assert answer["error"] == error
    assert answer["error_description"].startswith("AADSTS")


def test_a_person_sees_what_arrived(microsoft, token):
    for path, body, _ in ACTIONS:
        microsoft.post(path, token, body)
    page = requests.get(microsoft.simulator.url, timeout=5).text

    for shown in ("Connected, with", "Lunch", "Mail to", "Teams: People", "OneDrive: Plan.docx"):
        assert shown in page


def test_what_it_does_not_have_is_not_found(microsoft, token):
    assert microsoft.get("/me/messages", token).status_code == 404
