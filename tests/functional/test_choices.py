"""A grant that reaches several accounts: the person who gave it chooses the one to connect."""

import re
from html import unescape
from urllib.parse import urlencode

import boto3
import pytest

from hub.models import Account
from hub.store.database import encode
from tests.functional.breakdowns import failing
from tests.functional.gateway import User
from tests.functional.journey import assert_tells_nobody, result
from tests.functional.made_up import declare, made_up
from tests.functional.stored import dump, leaks, ledger, rows, states
from tests.functional.test_audit import FIELDS, lines

NAMES = ["acme.atlassian.example", "<b>beta</b>\u202e", "gamma"]
CALLBACK = "/api/integrations/madeup/callback"
FORM = {"content-type": "application/x-www-form-urlencoded"}
BOB = User(organization="org-b", id="bob")


def sites(answer, access):
    return tuple(Account(id=f"site-{n}", name=name) for n, name in enumerate(NAMES))


@pytest.fixture
def start(journey, server, monkeypatch):
    declare(monkeypatch, made_up(identify=sites), server.url)
    return lambda **options: journey.start({"providerId": "madeup"}, **options)


class Page:
    """What a browser has of the page: the form's fields, and the cookie that came with it."""

    def __init__(self, reply):
        assert reply.status == 200, reply.text
        assert_tells_nobody(reply)
        self.text = reply.text
        (self.state,) = re.findall(r'name="state" value="([^"]+)"', reply.text)
        self.names = re.findall(r"required> ([^<]*(?:<[^<]*)*?)</label>", reply.text)
        self.cleared, cookie = reply.cookies
        self.cookie = cookie.partition(";")[0]


@pytest.fixture
def offered(journey, server, start):
    def offer(**options):
        started = start(**options)
        return Page(journey.return_(server.approve(started.url), started.cookie))

    return offer


def choose(journey, page, choice="1", *, cookie=None, path=CALLBACK, raw=None, **more):
    fields = {"state": page.state, "choice": choice, **more}
    cookies = [page.cookie if cookie is None else cookie]
    body = urlencode(fields).encode() if raw is None else raw
    return journey.gateway.request(
        "POST", path, raw=body, headers=FORM, cookies=[each for each in cookies if each]
    )


def test_the_accounts_are_shown_as_text_and_nothing_is_connected_yet(offered):
    page = offered()

    assert [unescape(name) for name in page.names] == [NAMES[0], "<b>beta</b> ", NAMES[2]]
    assert "<b>" not in page.text
    assert "Max-Age=-1" in page.cleared or "Max-Age=0" in page.cleared
    assert (rows("integrations"), rows("credentials")) == ([], [])
    (waiting,) = states()
    assert waiting["expiresAt"] > 0


def test_the_page_may_send_its_form_here_and_the_browser_on_to_where_it_began(
    journey, server, start
):
    started = start()
    reply = journey.return_(server.approve(started.url), started.cookie)

    policy = reply.headers["content-security-policy"]
    assert "form-action 'self' http://localhost:4500;" in policy


def test_the_chosen_account_is_connected_and_no_other(journey, server, offered):
    page = offered()
    reply = choose(journey, page, "2")

    integration = result(reply)["integration"]
    shown = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (shown["accountName"], shown["status"]) == ("gamma", "active")
    assert len(rows("integrations")) == 1
    assert states() == []
    assert server.calls()["/token"] == 1


def test_the_client_is_pinned_to_the_chosen_account(journey, server, monkeypatch):
    seen = []

    class Pinned:
        def __init__(self, to):
            seen.append(to.account_id)

        def note(self, text):
            return {"done": True}

    declare(monkeypatch, made_up(identify=sites, make_client=Pinned), server.url)
    started = journey.start({"providerId": "madeup"})
    page = Page(journey.return_(server.approve(started.url), started.cookie))
    integration = result(choose(journey, page, "2"))["integration"]
    url = f"/api/integrations/{integration}/actions/note"

    assert journey.gateway.post(url, {"text": "Hello"}).status == 200
    assert seen == ["site-2"]


def test_a_choice_is_made_once(journey, offered):
    page = offered()
    first, again = choose(journey, page, "0"), choose(journey, page, "1")

    assert (first.status, again.status) == (303, 400)
    assert [row["accountName"] for row in rows("integrations")] == [NAMES[0]]


@pytest.mark.parametrize("cookie", ["", "tgt-0000000000000000=x", "other"])
def test_a_choice_is_the_browsers_that_came_back(journey, offered, cookie):
    page = offered()
    name = page.cookie.partition("=")[0]
    reply = choose(journey, page, cookie=f"{name}=forged" if cookie == "other" else cookie)

    assert reply.status == 400
    assert (rows("integrations"), states()) == ([], [])
    assert [entry["event"] for entry in ledger()] == ["binding_mismatch"]
    assert choose(journey, page).status == 400


def test_a_choice_at_another_providers_address_burns_it(journey, offered):
    reply = choose(journey, page := offered(), path="/api/integrations/slack/callback")

    assert reply.status == 400
    assert [entry["event"] for entry in ledger()] == ["provider_mismatch"]
    assert choose(journey, page).status == 400


def test_the_secret_of_a_choice_is_no_state_to_come_back_with(journey, server, offered):
    page = offered()
    reply = journey.return_(f"{CALLBACK}?code=abc&state={page.state}", page.cookie)

    assert reply.status == 400
    assert server.calls()["/token"] == 1
    assert [entry["event"] for entry in ledger()] == ["wrong_step"]


def test_a_state_is_no_choice(journey, server, start):
    started = start()
    state = Page.__new__(Page)
    state.state, state.cookie = started.state, started.cookie

    assert choose(journey, state, "0").status == 400
    assert server.calls()["/token"] == 0
    assert [entry["event"] for entry in ledger()] == ["wrong_step"]


def test_a_number_that_was_not_offered_connects_nothing_and_leaves_no_token(
    journey, server, offered
):
    reply = choose(journey, offered(), "3")

    assert result(reply)["error"] == "authorization_failed"
    assert rows("integrations") == []
    journey.run_jobs()
    assert len(server.revoked) == 1


@pytest.mark.parametrize("choice", ["", "-1", "1000", "1.0", "\u0661", "x", "1" * 5000])
def test_what_is_no_number_is_refused_and_the_choice_stays(journey, offered, choice):
    page = offered()

    assert choose(journey, page, choice).status == 400
    assert choose(journey, page).status == 303


@pytest.mark.parametrize(
    "raw", [b"", b"state=a", b"\xff", b"state=%ff&choice=0", b"state=a&choice=0&choice=1", b"a=b"]
)
def test_a_form_that_cannot_be_read_is_refused(journey, offered, raw):
    page = offered()

    assert choose(journey, page, raw=raw).status == 400
    assert choose(journey, page).status == 303


def test_a_body_of_another_kind_is_refused(journey, offered):
    page = offered()
    reply = journey.gateway.post(
        CALLBACK, {"state": page.state, "choice": "0"}, cookies=[page.cookie]
    )

    assert reply.status == 400


def test_after_ten_minutes_it_is_too_late_whatever_the_table_still_holds(journey, offered, clock):
    page = offered()
    clock.advance(601)

    assert choose(journey, page).status == 400
    assert rows("integrations") == []


def test_what_waits_names_no_account_and_no_token(server, offered):
    given = []
    answer = server.answer_tokens
    server.answer_tokens = lambda told: given.append(answer(told)) or given[-1]
    page = offered()

    everything = dump()
    for secret in (given[0]["access_token"], given[0]["refresh_token"], page.state, "atlassian"):
        assert not leaks(secret, everything)


def test_what_waits_opens_with_the_secret_of_the_page_alone(journey, offered, monkeypatch):
    """Negative control of the sealing: another secret under the same row opens nothing."""
    from hub import choices
    from hub.models import Secret

    take = choices.take
    monkeypatch.setattr(
        choices, "take", lambda waiting, _, *rest: take(waiting, Secret("another"), *rest)
    )

    assert result(choose(journey, offered()))["error"] == "authorization_failed"
    assert rows("integrations") == []


@pytest.mark.parametrize("broken", [False, True], ids=["opens", "does not open"])
def test_opening_what_waits_leaves_one_line(journey, offered, logs, broken):
    """TS-17."""
    page = offered()
    (waiting,) = states()
    if broken:
        changed = waiting | {"sealedGrant": waiting["sealedGrant"][:-1] + b"?"}
        boto3.client("dynamodb").put_item(TableName="states", Item=encode(changed))
    choose(journey, page)

    (line,) = lines(logs)
    assert {name: line[name] for name in FIELDS} == {
        "by": "callback",
        "purpose": "connect",
        "organization": "org-a",
        "integration_id": f"flow#{waiting['stateId'].removeprefix('state#')}",
        "provider": "madeup",
        "outcome": "Unreadable" if broken else "opened",
    }


def test_if_it_cannot_be_kept_the_tokens_are_handed_to_revocation(journey, server, start):
    started = start()
    back = server.approve(started.url)
    with failing("dynamodb", "PutItem", table="states"):
        reply = journey.return_(back, started.cookie)

    assert result(reply)["error"] == "authorization_failed"
    assert [row["providerId"] for row in rows("credentials")] == ["madeup"]
    journey.run_jobs()
    assert len(server.revoked) == 1


def test_reconnecting_asks_nothing_where_the_account_is_among_them(journey, server, start, offered):
    integration = result(choose(journey, offered(), "1"))["integration"]
    started = journey.reconnect(integration)

    assert result(journey.return_(server.approve(started.url), started.cookie)) == {
        "integration": integration,
        "status": "connected",
    }


def test_reconnecting_without_the_account_among_them_changes_nothing(
    journey, server, offered, monkeypatch
):
    integration = result(choose(journey, offered(), "1"))["integration"]
    others = (Account(id="site-8", name="8"), Account(id="site-9", name="9"))
    declare(monkeypatch, made_up(identify=lambda *_: others))
    started = journey.reconnect(integration)

    assert result(journey.return_(server.approve(started.url), started.cookie))["error"] == (
        "account_mismatch"
    )


def test_a_grant_that_reaches_nothing_is_told(journey, server, monkeypatch):
    declare(monkeypatch, made_up(identify=lambda *_: ()), server.url)
    started = journey.start({"providerId": "madeup"})
    reply = journey.return_(server.approve(started.url), started.cookie)

    assert result(reply)["error"] == "insufficient_scope"
    assert rows("integrations") == []
