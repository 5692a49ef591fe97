"""What every API of Google checks first, who one is, and how Google fails on order."""

import pytest
import requests

from tests.unit.simulator.google.app import ALAN, CALENDAR, DRIVE, EMAIL, GRACE, MAIL

CALLS = {
    "/v1/userinfo": "GetOpenIdUserInfo",
    "/calendar/v3/calendars/primary/events": "calendar.v3.Events.Insert",
    "/gmail/v1/users/me/messages/send": "caribou.api.proto.MailboxService.SendMessage",
    "/drive/v3/files/file-plan/permissions": "google.apps.drive.v3.DrivePermissions.Create",
}
POSTS = list(CALLS)[1:]


def ask(google, path: str, token: str | None) -> requests.Response:
    if path != "/v1/userinfo":
        return google.post(path, token, {})
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{google.endpoints['apiUrl']}{path}", headers=headers, timeout=5)


@pytest.mark.parametrize("path", CALLS)
def test_without_a_token_nothing_is_answered(google, path):
    answer = ask(google, path, None)
    error = answer.json()["error"]

    assert answer.status_code == error["code"] == 401
    assert error["status"] == "UNAUTHENTICATED"
    assert error["errors"][0]["reason"] == "required"
    assert error["details"][0]["reason"] == "CREDENTIALS_MISSING"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="https://accounts.google.com/"'


@pytest.mark.parametrize("path", CALLS)
def test_a_token_that_is_not_alive_is_invalid(simulator, google, path):
    revoked = google.connect(GRACE)["access_token"]
    google.revoke(revoked)
    expired = google.connect(ALAN)["access_token"]
    simulator.advance(3600)
    answers = [ask(google, path, token) for token in ("ya29.invented", revoked, expired)]

    assert [answer.status_code for answer in answers] == [401] * 3
    assert {answer.json()["error"]["errors"][0]["reason"] for answer in answers} == {"authError"}
    assert 'error="invalid_token"' in answers[0].headers["WWW-Authenticate"]


def test_a_refresh_token_opens_no_api(google, refresh_token):
    assert google.who(refresh_token).status_code == 401


@pytest.mark.parametrize("path", POSTS)
def test_a_token_without_the_scope_is_told_so(google, path):
    token = google.connect(scope="openid https://www.googleapis.com/auth/contacts.readonly")
    answer = ask(google, path, token["access_token"])
    error = answer.json()["error"]

    assert answer.status_code == error["code"] == 403
    assert error["status"] == "PERMISSION_DENIED"
    assert error["errors"][0]["reason"] == "insufficientPermissions"
    assert error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert error["details"][0]["metadata"]["method"] == CALLS[path]
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_who_one_is_needs_a_sign_in_scope(google):
    assert google.who(google.connect(scope=MAIL)["access_token"]).status_code == 403


@pytest.mark.parametrize(
    ("path", "scope"),
    [(POSTS[0], CALENDAR), (POSTS[1], MAIL), (POSTS[2], DRIVE)],
)
def test_one_scope_opens_one_api(google, path, scope):
    token = google.connect(scope=scope)["access_token"]

    assert {other: ask(google, other, token).status_code for other in POSTS} == {
        other: 400 if other == path else 403 for other in POSTS
    }


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"", "application/json"),
        (b"{}", "text/plain"),
    ],
)
def test_a_body_that_is_no_json_object_is_not_parsed(google, token, path, body, content_type):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
    url = f"{google.endpoints['apiUrl']}{path}"
    answer = requests.post(url, data=body, headers=headers, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["reason"] == "parseError"


@pytest.mark.parametrize(
    ("person", "scope", "told"),
    [
        (GRACE, "openid", {"sub": "108150000000000000002", "hd": "example.org"}),
        (
            GRACE,
            "openid email profile",
            {
                "sub": "108150000000000000002",
                "hd": "example.org",
                "email": GRACE,
                "email_verified": True,
                "name": "Grace Hooper",
                "given_name": "Grace",
                "family_name": "Hooper",
            },
        ),
        (
            ALAN,
            f"{EMAIL} {MAIL}",
            {"sub": "108150000000000000003", "email": ALAN, "email_verified": True},
        ),
    ],
)
def test_who_one_is_depends_on_what_was_asked(google, person, scope, told):
    assert google.who(google.connect(person, scope=scope)["access_token"]).json() == told


# Faults


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rateLimitExceeded", (403, "usageLimits")),
        ("userRateLimitExceeded", (403, "usageLimits")),
        ("quotaExceeded", (403, "usageLimits")),
        ("dailyLimitExceeded", (403, "usageLimits")),
        ("domainPolicy", (403, "global")),
        ("notFound", (404, "global")),
        ("authError", (401, "global")),
        ("backendError", (503, "global")),
    ],
)
def test_an_api_refuses_by_its_reason(simulator, google, token, name, expected):
    simulator.fault("google", "events.insert", "ok_false", value=name)
    answer = google.add_event(token, {})
    error = answer.json()["error"]

    assert answer.status_code == error["code"]
    assert error["errors"][0]["reason"] == name
    assert (error["code"], error["errors"][0]["domain"]) == expected
    assert "Retry-After" not in answer.headers
    assert simulator.calls("events.insert")[0].outcome == name


@pytest.mark.parametrize(("seconds", "header"), [(0, None), (30, "30")])
def test_too_many_requests_promise_nothing_unless_told(simulator, google, token, seconds, header):
    simulator.fault("google", "messages.send", "rate_limited", value=seconds)
    answer = google.send(token, b"")
    error = answer.json()["error"]

    assert answer.status_code == error["code"] == 429
    assert error["status"] == "RESOURCE_EXHAUSTED"
    assert error["errors"][0]["reason"] == "rateLimitExceeded"
    assert answer.headers.get("Retry-After") == header


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("invalid_grant", 400),
        ("admin_policy_enforced", 400),
        ("invalid_client", 401),
        ("deleted_client", 401),
        ("temporarily_unavailable", 400),
    ],
)
def test_the_token_endpoint_refuses_by_its_error(simulator, google, refresh_token, name, status):
    simulator.fault("google", "token", "ok_false", value=name)

    assert google.refresh(refresh_token, status=status)["error"] == name
    assert google.refresh(refresh_token)


def test_signing_in_again_is_wanted_by_a_subtype(simulator, google, refresh_token):
    simulator.fault("google", "token", "ok_false", value="invalid_rapt")
    refused = google.refresh(refresh_token, status=400)

    assert (refused["error"], refused["error_subtype"]) == ("invalid_grant", "invalid_rapt")


def test_a_lost_token_answer_has_used_up_the_code(simulator, google):
    code = google.code()
    simulator.fault("google", "token", "lost_answer")
    with pytest.raises(requests.ConnectionError):
        google.exchange(code)

    assert google.exchange(code, status=400)["error"] == "invalid_grant"


def test_a_lost_revocation_took_effect(simulator, google, token):
    simulator.fault("google", "revoke", "lost_answer")
    with pytest.raises(requests.ConnectionError):
        google.revoke(token)

    assert google.revoke(token).json()["error"] == "invalid_token"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/token"),
        ("PUT", "/calendar/v3/calendars/primary/events"),
        ("POST", "/calendar/v3/calendars//events"),
        ("POST", "/gmail/v1/users/me/messages"),
        ("POST", "/v1/userinfo"),
    ],
)
def test_what_is_not_played_is_not_found(simulator, google, method, path):
    answer = requests.request(method, f"{google.endpoints['apiUrl']}{path}", timeout=5)

    assert (answer.status_code, answer.content) == (404, b"")
    assert simulator.log() == []
