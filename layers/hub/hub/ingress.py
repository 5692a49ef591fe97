"""The way in for notifications: raw bytes, verdict, thin envelope, queue, 200. Nothing else happens
while a provider waits: no table is written, no provider is called, no key of KMS is used.

It fails closed. What does not verify is 401, what cannot be queued or verified just now is 503, so
that the provider tries again; what verified and cannot be read is 400.

Powertools would be a tenth of the cold start that Slack's three seconds must hold, so the few lines
that are logged, and the metrics, are written here; both are sampled, or a flood of forgeries would
be a flood of log lines (WH-22). Lambda passes lines of JSON on as they are, and CloudWatch reads
metrics out of those in its embedded format.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import re
import sys
from base64 import b64decode
from typing import Any, Final
from urllib.parse import parse_qsl

from hub import envelopes, keyrings, providers, queue, runtime
from hub.errors import HubError, InvalidRequest, TemporarilyUnavailable, Unauthenticated
from hub.keyrings import Ring
from hub.models import Secret
from hub.providers._webhooks import Reply
from hub.schemes import Incoming, Verdict
from hub.store import handshakes

_WEBHOOK_ID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST_PARAMETERS: Final = 20
_SAMPLE_SECONDS: Final = 10.0
_STATUS: Final = {"unauthenticated": 401, "invalid_request": 400}
_UNAVAILABLE: Final = 503
_METRICS: Final = {
    Verdict.INVALID: "WebhooksRefused",
    Verdict.NOT_CONFIGURED: "WebhooksNotConfigured",
    Verdict.NOT_YET: "WebhooksTooEarly",
}


class _TooEarly(TemporarilyUnavailable):
    """It cannot be verified before its secret is known."""


class Ingress:
    """One provider's webhook function."""

    def __init__(self, provider_id: str) -> None:
        runtime.settings()
        self._provider = providers.get(provider_id)
        self._webhooks = self._provider.load_webhooks()
        self._unsaid: dict[str, int] = {}
        self._said_at: dict[str, float] = {}

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        request_id = str(getattr(context, "aws_request_id", ""))
        try:
            return _response(self._receive(event))
        except (InvalidRequest, Unauthenticated, _TooEarly) as error:
            return _failure(error, request_id)
        except Exception as error:  # noqa: BLE001  # whatever it was, the provider shall try again
            self._say("WebhooksFailed", request_id, **runtime.describe(error))
            return _failure(TemporarilyUnavailable(), request_id)

    def _receive(self, event: dict[str, Any]) -> Reply:
        incoming = self._read(event)
        if incoming.method == "HEAD":
            return Reply()
        ring = Ring(self._provider.id)
        greeted = self._webhooks.greet(incoming, ring)
        if greeted is not None:
            if greeted.kept is not None:
                self._keep(greeted.kept, incoming.at)
            return greeted
        verdict = self._webhooks.verify(incoming, ring)
        if verdict is not Verdict.VERIFIED:
            self._say(_METRICS[verdict], "", verdict=verdict.value)
            if verdict is Verdict.NOT_YET:
                raise _TooEarly
            raise Unauthenticated("The signature is missing or not valid.")
        answered = self._webhooks.reply(incoming, ring)
        if answered is not None:
            return answered
        self._queue(incoming)
        return Reply()

    def _queue(self, incoming: Incoming) -> None:
        heard = self._webhooks.read(incoming)
        if not heard:
            return
        key = keyrings.routing_secret()
        made = [envelopes.seal_off(self._provider.id, each, key, incoming.at) for each in heard]
        _send([(envelope.group, envelope.to_item()) for envelope in made])

    def _keep(self, secret: Secret, now: float) -> None:
        """Have the worker keep a handshake's secret for an operator. In clear it goes nowhere."""
        from hub.webhook_secrets import seal_secret  # noqa: PLC0415  # brings cryptography

        row = handshakes.row(self._provider.id, now)
        sealed = seal_secret(row, secret.reveal(), keyrings.ingress_secrets()[0])
        message = envelopes.Kept(provider_id=self._provider.id, sealed=sealed)
        _send([(message.group, message.to_item())])

    def _read(self, event: dict[str, Any]) -> Incoming:
        query = _query(event.get("rawQueryString") or "")
        given = query.get("webhook_id", "")
        webhook_id = given if _WEBHOOK_ID.fullmatch(given) else None
        base_url, provider_id = runtime.settings().base_url, self._provider.id
        return Incoming(
            method=event["requestContext"]["http"]["method"],
            headers={name.lower(): value for name, value in event.get("headers", {}).items()},
            query=query,
            body=_body(event),
            url=envelopes.address(base_url, provider_id, webhook_id),
            webhook_id=webhook_id,
            at=runtime.clock(),
        )

    def _say(self, metric: str, request_id: str, **fields: Any) -> None:
        """Count, and write it down at most once in ten seconds: the first at once."""
        now = runtime.clock()
        self._unsaid[metric] = self._unsaid.get(metric, 0) + 1
        if now - self._said_at.get(metric, 0) < _SAMPLE_SECONDS:
            return
        count, self._unsaid[metric], self._said_at[metric] = self._unsaid[metric], 0, now
        line = {
            "level": "WARN",
            "message": metric,
            "provider": self._provider.id,
            "request_id": request_id,
            **fields,
            **_metric(metric, count, now),
        }
        sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")


def serve(provider_id: str) -> Ingress:
    """Give the Lambda handler of a provider's notifications."""
    return Ingress(provider_id)


def _send(messages: list[tuple[str, dict[str, Any]]]) -> None:
    queue.send_many(runtime.aws("sqs"), runtime.variable("WEBHOOKS_QUEUE_URL"), messages)


def _body(event: dict[str, Any]) -> bytes:
    """Give the very bytes that were sent (WH-01)."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return b64decode(body, validate=True)
    except ValueError:
        raise InvalidRequest from None


def _query(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise InvalidRequest from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidRequest("A parameter was given more than once.")
    return found


def _response(reply: Reply) -> dict[str, Any]:
    headers = {
        "content-type": reply.content_type,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **reply.headers,
    }
    return {"statusCode": reply.status, "headers": headers, "body": reply.body}


def _failure(error: HubError, request_id: str) -> dict[str, Any]:
    said = {"code": error.code, "message": error.message, "requestId": request_id}
    return _response(
        Reply(
            status=_STATUS.get(error.code, _UNAVAILABLE),
            body=json.dumps({"success": False, "error": said}),
            content_type="application/json",
        )
    )


def _metric(name: str, count: int, now: float) -> dict[str, Any]:
    return {
        "_aws": {
            "Timestamp": int(now * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": runtime.optional("POWERTOOLS_METRICS_NAMESPACE"),
                    "Dimensions": [["service"]],
                    "Metrics": [{"Name": name, "Unit": "Count"}],
                }
            ],
        },
        "service": "hub",
        name: count,
    }
