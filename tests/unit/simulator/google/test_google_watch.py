"""Gmail's `watch` and `stop`, and what Pub/Sub pushes of a watched mailbox."""

import base64
import json

import jwt
import pytest

from tests.simulator.providers.google.pubsub import AUDIENCE, LIFE, SERVICE_ACCOUNT, TOPIC
from tests.unit.simulator.google.app import ADA, AUTH, SCOPES

WATCH, STOP = "/gmail/v1/users/me/watch", "/gmail/v1/users/me/stop"
METADATA = f"{AUTH}gmail.metadata"


@pytest.fixture
def watcher(google):
    return google.connect(ADA, scope=f"{SCOPES} {METADATA}")["access_token"]


def test_a_watched_mailbox_is_told_of_until_its_watch_ends(simulator, google, watcher):
    answer = google.post(WATCH, watcher, {"topicName": TOPIC})
    assert answer.status_code == 200
    assert int(answer.json()["expiration"]) / 1000 == pytest.approx(simulator.now() + LIFE, abs=10)
    assert len(simulator.notifications("google", "gmail", ADA)) == 1

    simulator.advance(LIFE + 10)
    assert simulator.notifications("google", "gmail", ADA) == []


def test_a_push_is_signed_by_a_published_key(simulator, google, watcher):
    google.post(WATCH, watcher, {"topicName": TOPIC})
    (sent,) = simulator.notifications("google", "gmail", ADA)
    token = sent.headers["Authorization"].removeprefix("Bearer ")
    (key,) = google.get("/oauth2/v3/certs").json()["keys"]
    of_then = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(token, jwt.PyJWK(key), audience=AUDIENCE, options=of_then)

    assert (claims["email"], claims["email_verified"]) == (SERVICE_ACCOUNT, True)
    message = json.loads(sent.body)["message"]
    assert json.loads(base64.urlsafe_b64decode(message["data"]))["emailAddress"] == ADA


def test_a_stopped_mailbox_is_told_of_no_more(simulator, google, watcher):
    google.post(WATCH, watcher, {"topicName": TOPIC})
    assert google.post(STOP, watcher, {}).status_code == 204

    assert simulator.notifications("google", "gmail", ADA) == []


@pytest.mark.parametrize("topic", ["", "gmail", 7, "projects/somebody-elses/topics/gmail"])
def test_another_topic_is_refused(google, watcher, topic):
    assert google.post(WATCH, watcher, {"topicName": topic}).status_code == 400


def test_sending_mail_is_no_permission_to_watch(google):
    token = google.connect(ADA)["access_token"]

    assert google.post(WATCH, token, {"topicName": TOPIC}).status_code == 403
