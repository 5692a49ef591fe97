"""The rules by which Trello makes webhooks, and what it sends to them."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.simulator.providers.trello.boards import ADA as ADA_ID
from tests.simulator.providers.trello.boards import BOARDS
from tests.simulator.providers.trello.boards import GRACE as GRACE_ID
from tests.simulator.providers.trello.hooks import MONTH, RETRIES, TWICE
from tests.simulator.webhooks import Delivered, Sent
from tests.unit.simulator.trello.app import ADA, CLIENT, GRACE, App

ONBOARDING, SALARIES = (board.id for board in BOARDS)
URL = "http://localhost:4500/api/webhooks/trello?webhook_id=1"


@pytest.fixture
def hearer(trello: App) -> list[Sent]:
    """Take all that comes."""
    heard: list[Sent] = []

    def take(sent: Sent) -> Delivered:
        heard.append(sent)
        return Delivered(status=200)

    trello.simulator.deliver_by(take)
    return heard


@pytest.fixture
def token(trello: App) -> str:
    return str(trello.connect(GRACE)["access_token"])


def make(trello: App, token: str | None, **webhook: Any) -> Any:
    given = {"idModel": ONBOARDING, "callbackURL": URL} | webhook
    return trello.call("POST", "webhooks", token, json=given)


def test_a_webhook_is_made_after_a_head(trello: App, token: str, hearer: list[Sent]):
    made = make(trello, token)

    assert made.status_code == 200
    assert [(sent.method, sent.url) for sent in hearer] == [("HEAD", URL)]
    shown = trello.call("GET", f"webhooks/{made.json()['id']}", token).json()
    assert shown == made.json()
    assert (shown["active"], shown["consecutiveFailures"]) == (True, 0)


@pytest.mark.parametrize("status", [0, 204, 401, 503])
def test_without_one_it_is_not(trello: App, token: str, status: int):
    trello.simulator.deliver_by(lambda _: Delivered(status=status))
    made = make(trello, token)

    assert (made.status_code, made.text) == (
        400,
        f"URL ({URL}) did not return 200 status code, got {status}",
    )
    assert trello.state["webhooks"] == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"idModel": GRACE_ID}, 200),
        ({"idModel": ADA_ID}, 401),
        ({"idModel": SALARIES}, 401),
        ({"idModel": "65a1f0c2d4e8b90022bbffff"}, 404),
        ({"idModel": "none"}, 400),
        ({"callbackURL": "ftp://x"}, 400),
        ({"callbackURL": None}, 400),
    ],
)
def test_what_trello_makes_one_for(
    trello: App, token: str, hearer: list[Sent], changes: dict[str, Any], status: int
):
    assert make(trello, token, **changes).status_code == status


def test_the_same_one_is_not_made_twice(trello: App, token: str, hearer: list[Sent]):
    make(trello, token)
    assert (make(trello, token).status_code, make(trello, token).text) == (400, TWICE)


def test_it_is_its_tokens_alone(trello: App, token: str, hearer: list[Sent]):
    made = make(trello, token).json()["id"]
    other = str(trello.connect(ADA)["access_token"])

    for method in ("GET", "DELETE"):
        assert trello.call(method, f"webhooks/{made}", other).status_code == 404
    assert trello.call("DELETE", f"webhooks/{made}", token).status_code == 200
    assert trello.call("GET", f"webhooks/{made}", token).status_code == 404


def test_an_action_is_signed_with_its_address(trello: App, token: str, hearer: list[Sent]):
    make(trello, token)
    make(trello, token, idModel=GRACE_ID, callbackURL=f"{URL}2")
    trello.simulator.notify("trello", "createCard", GRACE, card="65a1f0c2d4e8b90088ab0001")

    first, second = (sent for sent in hearer if sent.method == "POST")
    assert (first.url, second.url) == (URL, f"{URL}2")
    for sent in (first, second):
        mac = hmac.new(CLIENT.client_secret.encode(), sent.body + sent.url.encode(), hashlib.sha1)
        assert sent.headers["X-Trello-Webhook"] == base64.b64encode(mac.digest()).decode()
    ids = {json.loads(sent.body)["action"]["id"] for sent in (first, second)}
    assert len(ids) == 1


def test_a_member_is_told_of_what_they_do_alone(trello: App, token: str, hearer: list[Sent]):
    make(trello, token, idModel=GRACE_ID)

    assert trello.simulator.notify("trello", "createCard", GRACE, by=ADA_ID) == []
    assert len(trello.simulator.notify("trello", "createCard", GRACE)) == 1


def test_it_comes_again_and_is_switched_off_after_a_month(trello: App, token: str):
    made = make_taken(trello, token)
    trello.simulator.deliver_by(lambda _: Delivered(status=500))
    fail(trello)
    assert len(trello.simulator.answers()) == 2 + len(RETRIES)
    assert shown(trello, made)["consecutiveFailures"] == 1

    trello.simulator.advance(MONTH)
    fail(trello)
    assert shown(trello, made)["active"] is False
    assert trello.simulator.notify("trello", "createCard", GRACE) == []


def test_whatever_is_taken_starts_the_month_anew(trello: App, token: str):
    made = make_taken(trello, token)
    trello.simulator.deliver_by(lambda _: Delivered(status=500))
    fail(trello)
    trello.simulator.deliver_by(lambda _: Delivered(status=200))
    trello.simulator.notify("trello", "createCard", GRACE)

    assert shown(trello, made)["firstConsecutiveFailDate"] is None


def make_taken(trello: App, token: str) -> str:
    trello.simulator.deliver_by(lambda _: Delivered(status=200))
    return str(make(trello, token).json()["id"])


def fail(trello: App) -> None:
    trello.simulator.notify("trello", "createCard", GRACE)
    for wait in RETRIES:
        trello.simulator.advance(wait)


def shown(trello: App, hook: str) -> dict[str, Any]:
    (found,) = (each for each in trello.state["webhooks"] if each["id"] == hook)
    return dict(found)
