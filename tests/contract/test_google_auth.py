"""Google's own library for Python against the simulator: ID tokens, refreshing, refusals."""

import pytest
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import id_token
from google.oauth2.credentials import Credentials
from jwt.exceptions import InvalidAudienceError

from tests.unit.simulator.google.app import ADA, CLIENT, GRACE, App


@pytest.fixture
def app(registered) -> App:
    return registered(App)


def credentials(app: App, granted: dict, **changes: str) -> Credentials:
    return Credentials(
        **{
            "token": granted["access_token"],
            "refresh_token": granted["refresh_token"],
            "token_uri": app.endpoints["tokenUrl"],
            "client_id": CLIENT.client_id,
            "client_secret": CLIENT.client_secret,
        }
        | changes
    )


def test_it_verifies_who_consented_by_the_published_keys(app: App):
    claims = id_token.verify_token(
        app.connect(GRACE)["id_token"],
        Request(),
        audience=CLIENT.client_id,
        certs_url=f"{app.endpoints['apiUrl']}/oauth2/v3/certs",
    )

    assert (claims["email"], claims["iss"]) == (GRACE, "https://accounts.google.com")


def test_an_id_token_for_another_app_is_refused(app: App):
    with pytest.raises(InvalidAudienceError):
        id_token.verify_token(
            app.connect(GRACE)["id_token"],
            Request(),
            audience="another",
            certs_url=f"{app.endpoints['apiUrl']}/oauth2/v3/certs",
        )


def test_it_refreshes_and_keeps_its_refresh_token(app: App):
    granted = app.connect(GRACE)
    held = credentials(app, granted)
    held.refresh(Request())

    assert held.token != granted["access_token"]
    assert held.refresh_token == granted["refresh_token"]
    assert held.expiry is not None
    assert app.who(held.token).json()["email"] == GRACE


def test_its_session_creates_an_event_and_renews_an_expired_token_by_itself(app: App):
    session = AuthorizedSession(credentials(app, app.connect(ADA)))
    app.simulator.advance(4000)
    body = {
        "summary": "Welcome",
        "start": {"dateTime": "2026-12-01T09:00:00Z"},
        "end": {"dateTime": "2026-12-01T10:00:00Z"},
    }
    url = f"{app.endpoints['apiUrl']}/calendar/v3/calendars/primary/events"

    assert session.post(url, json=body).status_code == 200
    assert [event["summary"] for event in app.made("events")] == ["Welcome"]
    assert len(app.simulator.calls("token")) == 2


def test_a_grant_that_was_revoked_cannot_be_refreshed(app: App):
    granted = app.connect(GRACE)
    assert app.revoke(granted["access_token"]).status_code == 200

    with pytest.raises(RefreshError, match="invalid_grant"):
        credentials(app, granted).refresh(Request())


def test_a_wrong_secret_is_refused(app: App):
    with pytest.raises(RefreshError, match="invalid_client"):
        credentials(app, app.connect(GRACE), client_secret="wrong").refresh(Request())
