"""An AWS account for processes of their own: moto in this one, behind a port of the loopback, with
the stack's tables, key, queue and parameters, and the simulator as the providers.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import requests
from moto import mock_aws

from tests.conftest import ENVIRONMENT
from tests.simulator.oauth import ClientCredentials
from tests.simulator.server import Simulator
from tests.tables import create_tables

CLIENT = ClientCredentials(
    "client-of-the-bench", "secret-of-the-bench-Hx52", "webhook-secret-of-the-bench-Lt71"
)
INGRESS = {
    "secret": "an-ingress-secret-for-the-bench-of-32-bytes",
    "routingSecret": "a-routing-secret-for-the-bench-of-32-bytes",
}
READER = "bench"
JWT_SECRET = "a-secret-for-the-bench-of-at-least-32-bytes"
_SERVICE = re.compile(r"Credential=[^/]+/\d+/([\w-]+)/(\w+)/aws4_request")


@dataclass(frozen=True)
class Account:
    environment: dict[str, str]
    simulator: Simulator


class _Bridge(BaseHTTPRequestHandler):
    """Hands signed requests to moto, which plays the services at their real addresses."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        signed = _SERVICE.search(self.headers["Authorization"])
        assert signed is not None, "the request is not signed"
        region, service = signed.groups()
        answer = requests.post(
            f"https://{service}.{region}.amazonaws.com{self.path}",
            data=self.rfile.read(int(self.headers["Content-Length"])),
            headers={name: value for name, value in self.headers.items() if name != "Host"},
            timeout=10,
        )
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Keep the terminal for the table."""


@contextmanager
def account() -> Iterator[Account]:
    redirects = ENVIRONMENT["PUBLIC_BASE_URL"]
    with mock_aws(), Simulator({"slack": CLIENT}, redirect_prefix=redirects) as simulator:
        create_tables(boto3.client("dynamodb"))
        simulator.configure("slack", rotation=True)
        queues = {
            f"{name.upper()}_QUEUE_URL": boto3.client("sqs").create_queue(QueueName=name)[
                "QueueUrl"
            ]
            for name in ("jobs", "refresh", "webhooks", "sync")
        }
        boto3.client("events").create_event_bus(Name=ENVIRONMENT["EVENT_BUS"])
        topic = boto3.client("sns").create_topic(Name="people")["TopicArn"]
        key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
        _put("/targetym/local/providers/slack", json.dumps(_registration(simulator)))
        _put("/targetym/local/ingress", json.dumps(INGRESS))
        _put(ENVIRONMENT["JWT_SECRET_PARAMETER"], JWT_SECRET)
        with _listening() as endpoint:
            given = {
                "AWS_ENDPOINT_URL": endpoint,
                "MASTER_KEY_ID": key,
                "PEOPLE_TOPIC": topic,
                "TOKEN_READER_ROLES": f"arn:aws:iam::123456789012:role/{READER}",
                **queues,
            }
            yield Account({**ENVIRONMENT, **given}, simulator)


def _registration(simulator: Simulator) -> dict[str, str]:
    return {
        "clientId": CLIENT.client_id,
        "clientSecret": CLIENT.client_secret,
        "webhookSecret": CLIENT.webhook_secret,
        **simulator.endpoints("slack"),
    }


def _put(name: str, value: str) -> None:
    boto3.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")


@contextmanager
def _listening() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Bridge) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
