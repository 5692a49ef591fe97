"""What Graph is asked for in these tests, and how its refusals are read."""

from tests.unit.simulator.microsoft.app import CHANNEL, GRACE, TEAM

NOON, ONE = "2026-11-23T12:00:00", "2026-11-23T13:00:00"
UTC = "UTC"


def at(moment, zone=UTC):
    return {"dateTime": moment, "timeZone": zone}


def to(*addresses):
    return [{"emailAddress": {"address": address}} for address in addresses]


EVENT = {"subject": "Lunch", "start": at(NOON), "end": at(ONE)}
MAIL = {
    "message": {
        "subject": "Hello",
        "body": {"contentType": "Text", "content": "Welcome aboard!"},
        "toRecipients": to(GRACE),
    }
}
POST = {"body": {"content": "Hello"}}
INVITATION = {
    "recipients": [{"email": GRACE}],
    "roles": ["read"],
    "requireSignIn": True,
    "sendInvitation": True,
}
MESSAGES = f"/teams/{TEAM}/channels/{CHANNEL}/messages"
INVITE = "/me/drive/items/01PLAN/invite"
ACTIONS = [
    ("/me/events", EVENT, "ErrorAccessDenied"),
    ("/me/sendMail", MAIL, "ErrorAccessDenied"),
    (MESSAGES, POST, "Forbidden"),
    (INVITE, INVITATION, "accessDenied"),
]


def code_of(answer):
    error = answer.json()["error"]
    assert {"code", "message", "innerError"} == error.keys()
    assert {"date", "request-id", "client-request-id"} <= error["innerError"].keys()
    return answer.status_code, error["code"]
