"""O365, a client for Microsoft Graph that others use, against the simulator: the actions' calls."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from O365 import Account, MSGraphProtocol
from O365.teams import Channel
from O365.utils.token import MemoryTokenBackend
from requests import HTTPError, Session

from tests.unit.simulator.microsoft.app import ADA, ALAN, CHANNEL, CLIENT, GRACE, TEAM, App

UTC = ZoneInfo("UTC")


class NeverExpired(MemoryTokenBackend):
    """Keeps O365 from asking for another token, which it does at Microsoft's address only."""

    def token_is_expired(self, *, username: str | None = None) -> bool:
        return False


@pytest.fixture
def app(registered) -> App:
    return registered(App)


@pytest.fixture
def account(app: App) -> Account:
    return signed_in(app, app.connect()["access_token"])


def signed_in(app: App, token: str) -> Account:
    protocol = MSGraphProtocol(timezone="UTC")
    protocol.protocol_url = f"{app.endpoints['apiUrl']}/"
    protocol.service_url = f"{app.endpoints['apiUrl']}/v1.0/"
    account = Account(
        (CLIENT.client_id, CLIENT.client_secret),
        protocol=protocol,
        token_backend=NeverExpired(),
        request_retries=0,
        requests_delay=0,
    )
    account.con.session = Session()
    account.con.session.headers["Authorization"] = f"Bearer {token}"
    return account


def channel_of(account: Account, channel: str = CHANNEL) -> Channel:
    return Channel(
        con=account.con,
        protocol=account.protocol,
        main_resource=f"teams/{TEAM}",
        __cloud_data__={"id": channel},
    )


def item_of(account: Account, item: str) -> Any:
    return account.storage().get_default_drive().get_item(item)


def test_it_reads_who_it_acts_for(account):
    assert account.get_current_user_data().mail == ADA


def test_it_sends_mail(app, account):
    message = account.new_message()
    message.to.add([GRACE, ALAN])
    message.subject, message.body = "Welcome", "<p>Hello</p>"

    assert message.send()
    (sent,) = app.made("mails")
    assert (sent["subject"], sent["kind"], sent["text"]) == ("Welcome", "html", "<p>Hello</p>")
    assert sent["to"] == (GRACE, ALAN)


def test_it_creates_an_event_with_an_attendee(app, account):
    event = account.schedule().get_default_calendar().new_event()
    event.subject = "Welcome"
    event.start = datetime(2026, 12, 1, 9, tzinfo=UTC)
    event.end = datetime(2026, 12, 1, 10, tzinfo=UTC)
    event.attendees.add(GRACE)

    assert event.save()
    (made,) = app.made("events")
    assert (made["id"], made["subject"]) == (event.object_id, "Welcome")
    assert made["start"] == "2026-12-01T09:00:00 UTC"
    assert made["attendees"] == (GRACE,)


def test_it_writes_into_a_channel(app, account):
    posted = channel_of(account).send_message("Welcome")

    (made,) = app.made("posts")
    assert (made["id"], made["text"]) == (posted.object_id, "Welcome")
    assert (made["team"], made["channel"]) == (TEAM, CHANNEL)


def test_it_shares_a_file(app, account):
    # O365 2.1 looks for one permission in the answer, where Graph has a collection.
    assert item_of(account, "01PLAN").share_with_invite(GRACE, share_type="edit")

    (made,) = app.made("shares")
    assert (made["item"], made["whom"], made["role"]) == ("01PLAN", GRACE, "write")
    assert made["notified"]


def test_it_understands_refusals(app, account):
    known = account
    narrow = signed_in(app, app.connect(scope="openid User.Read")["access_token"])
    event = known.schedule().get_default_calendar().new_event()
    event.subject = "Backwards"
    event.start, event.end = (datetime(2026, 12, 1, hour, tzinfo=UTC) for hour in (10, 9))
    unknown = signed_in(app, "none")
    for call, status in [
        (unknown.get_current_user_data, 401),
        (lambda: channel_of(narrow).send_message("x"), 403),
        (lambda: channel_of(known, "19:none@thread.tacv2").send_message("x"), 404),
        (lambda: item_of(known, "NONE"), 404),
        (event.save, 400),
    ]:
        with pytest.raises(HTTPError) as refused:
            call()
        assert refused.value.response.status_code == status
        assert refused.value.response.json()["error"]["code"]


def test_it_reads_a_rate_limit_off_the_answer(app, account):
    app.simulator.fault("microsoft", "mail.send", "rate_limited", value=7)
    message = account.new_message()
    message.to.add(GRACE)

    with pytest.raises(HTTPError) as refused:
        message.send()
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "7"
