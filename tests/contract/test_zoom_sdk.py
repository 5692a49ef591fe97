"""Zoom's own client, Rivet for JavaScript, against the simulator: what it expects of Zoom, it finds
here, and it understands the refusals. It has no way to revoke.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contract import node
from tests.simulator.person import Person
from tests.unit.simulator.zoom.app import CLIENT, GRACE, MEETING, REDIRECT_URI, App

ZOOM = "https://zoom.us"
SCOPES = [
    "user:read:user",
    "meeting:write:meeting",
    "meeting:read:list_meetings",
    "meeting:read:meeting",
]


@pytest.fixture
def app(registered) -> App:
    return registered(App)


class Rivet:
    def __init__(self, app: App) -> None:
        self.app, self.token = app, None

    def __call__(self, *steps: str, **asked: Any) -> dict[str, Any]:
        """Take steps, and keep the token that the client has stored by then."""
        given = {
            "base": self.app.endpoints["apiUrl"].removesuffix("/v2"),
            "clientId": CLIENT.client_id,
            "clientSecret": CLIENT.client_secret,
            "redirectUri": REDIRECT_URI,
            "meeting": MEETING,
            "token": self.token,
        }
        told = node.run("zoom.mjs", steps=steps, **given | asked)
        self.token = told.get("token")
        return told["answers"]

    def consent(self, account: str = GRACE) -> str:
        """Go where the client sends people, and bring the code back."""
        url = self("authorize")["authorize"]
        assert url.startswith(f"{ZOOM}/oauth/authorize?")
        here = url.replace(f"{ZOOM}/oauth/authorize", self.app.endpoints["authorizationUrl"])
        return parse_qs(urlsplit(Person().approve(here, account)).query)["code"][0]

    def connect(self) -> "Rivet":
        assert self("exchange", code=self.consent()) == {"exchange": None}
        return self


@pytest.fixture
def rivet(app: App) -> Rivet:
    return Rivet(app)


def test_it_connects_says_who_it_is_and_schedules_a_meeting(app, rivet):
    answers = rivet.connect()("user", "meeting")

    assert rivet.token["scopes"] == SCOPES
    assert answers["user"]["data"]["email"] == GRACE
    assert answers["user"]["trackingId"]
    (made,) = app.meetings()
    meeting = answers["meeting"]
    assert (meeting["statusCode"], meeting["data"]["id"]) == (201, made["id"])
    assert made["topic"] == "Interview"


def test_it_asks_for_no_scope(rivet):
    """What our declaration does too (`sends_scopes`)."""
    query = parse_qs(urlsplit(rivet("authorize")["authorize"]).query)

    assert query.keys() == {"client_id", "redirect_uri", "response_type", "state"}


def test_it_renews_a_token_that_has_expired_and_stores_the_new_pair(app, rivet):
    before = rivet.connect().token
    app.simulator.advance(3600)
    expired = {**before, "expirationTimeIso": "2026-01-01T00:00:00Z"}
    answers = rivet("user", token=expired)

    assert answers["user"]["data"]["email"] == GRACE
    assert rivet.token["refreshToken"] != before["refreshToken"]
    spent = rivet("refresh", token=expired)["refresh"]
    assert spent["status"] == 400
    assert spent["data"] == {"reason": "Invalid Token!", "error": "invalid_grant"}


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"clientSecret": "wrong"}, "Invalid client_id or client_secret"),
        ({"code": "invented"}, "Invalid authorization code invented"),
    ],
)
def test_a_refused_exchange_comes_as_zoom_words_it(rivet, asked, reason):
    refused = rivet("exchange", **{"code": rivet.consent(), **asked})["exchange"]

    assert (refused["status"], refused["data"]["reason"]) == (400, reason)


@pytest.mark.parametrize(
    ("granted", "meeting", "told"),
    [
        (["user:read:user"], MEETING, "[400/4711]"),
        (SCOPES, {**MEETING, "type": 9}, "[400/300]"),
    ],
)
def test_it_understands_what_the_api_refuses(app, rivet, granted, meeting, told):
    app.simulator.configure("zoom", granted_scopes=granted)
    refused = rivet.connect()("meeting", meeting=meeting)["meeting"]

    assert refused["message"].startswith(told)
    assert app.meetings() == []


def test_it_is_told_of_a_limit_and_of_a_token_that_is_dead(app, rivet):
    rivet.connect()
    app.simulator.fault("zoom", "users.get", "rate_limited", value=60)
    assert rivet("user")["user"]["message"].startswith("[429/429]")

    app.simulator.uninstall("zoom", GRACE)
    assert rivet("user")["user"]["message"].startswith("[401/124]")
