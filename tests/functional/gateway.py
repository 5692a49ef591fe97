"""API Gateway for functional tests: a request becomes the payload-2.0 event that the gateway would
send, and goes to the handler that template.yaml routes it to, in this process.
"""

import base64
import importlib
import json
import re
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from tests.simulator.webhooks import Delivered, Sent
from tests.template import folder_of, functions


@dataclass(frozen=True)
class User:
    """Whom the authorizer has verified."""

    role: str = "admin"
    organization: str = "org-a"
    id: str = "ada"
    expires_in: int = 3600

    def context(self) -> dict[str, str]:
        return {
            "organization": self.organization,
            "user": self.id,
            "role": self.role,
            "exp": str(int(time.time()) + self.expires_in),
        }


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    cookies: list[str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> str:
        return self.json["error"]["code"]


@dataclass
class Context:
    function_name: str = "test"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:test"
    aws_request_id: str = field(default_factory=lambda: str(uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        return 28_000


def handler_of(function: str) -> Any:
    return importlib.import_module(f"functions.{function.replace('/', '.')}.app").handler


class Gateway:
    """`user` is who asks where a request names nobody else."""

    def __init__(self, user: User | None = None) -> None:
        self.user = user or User()

    def request(self, method: str, url: str, **options: Any) -> Reply:
        """Send a request; `options` are those of `event`."""
        return self.send(*self.event(method, url, **options))

    def event(
        self,
        method: str,
        url: str,
        *,
        body: Any = None,
        raw: bytes | None = None,
        user: User | None = None,
        caller: str | None = None,
        cookies: list[str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[str, dict[str, Any]]:
        """Give the function that serves the request and the event it gets. `caller` is the ARN that
        signed it, where the route is for roles.
        """
        parts = urlsplit(url)
        route, names = _route(method, parts.path)
        sent = {"user-agent": "test-agent/1.0", "host": "localhost:4500"}
        if body is not None:
            raw = json.dumps(body).encode()
        if raw is not None:
            sent["content-type"] = "application/json"
        sent |= headers or {}
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": f"{method} {route.path}",
            "rawPath": parts.path,
            "rawQueryString": parts.query,
            "headers": sent,
            "pathParameters": names,
            "requestContext": {
                "requestId": str(uuid4()),
                "stage": "$default",
                "http": {
                    "method": method,
                    "path": parts.path,
                    "sourceIp": "203.0.113.7",
                    "userAgent": sent["user-agent"],
                },
            },
            "isBase64Encoded": False,
        }
        if route.by_role:
            event["requestContext"]["authorizer"] = {"iam": {"userArn": caller}}
        elif not route.open:
            event["requestContext"]["authorizer"] = {"lambda": (user or self.user).context()}
        if cookies is not None:
            event["cookies"] = cookies
        if raw is not None:
            event["body"] = base64.b64encode(raw).decode()
            event["isBase64Encoded"] = True
        return route.function, event

    def send(self, function: str, event: dict[str, Any]) -> Reply:
        answer = self.invoke(function, event)
        return Reply(
            status=answer["statusCode"],
            headers={name.lower(): value for name, value in answer.get("headers", {}).items()},
            cookies=answer.get("cookies", []),
            text=answer.get("body") or "",
        )

    def deliver(self, sent: Sent) -> Delivered:
        """Bring a provider's request to the function it is for, as the simulator wants it."""
        reply = self.request(
            sent.method,
            sent.url,
            raw=sent.body,
            headers={"content-type": "", **{n.lower(): v for n, v in sent.headers.items()}},
        )
        return Delivered(status=reply.status, headers=reply.headers, body=reply.text.encode())

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Call a function's handler; `send` is for those whose answer is HTTP."""
        return handler_of(function)(event, Context())

    def get(self, url: str, **options: Any) -> Reply:
        return self.request("GET", url, **options)

    def post(self, url: str, body: Any = None, **options: Any) -> Reply:
        return self.request("POST", url, body=body, **options)

    def put(self, url: str, body: Any = None, **options: Any) -> Reply:
        return self.request("PUT", url, body=body, **options)

    def delete(self, url: str, **options: Any) -> Reply:
        return self.request("DELETE", url, **options)


@dataclass(frozen=True)
class Route:
    """`open`: no authorizer stands before it. `by_role`: AWS_IAM does."""

    function: str
    method: str
    path: str
    pattern: re.Pattern[str]
    open: bool
    by_role: bool


def _route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    for route in routes():
        if route.method == method and (found := route.pattern.fullmatch(path)):
            return route, found.groupdict()
    raise LookupError(f"template.yaml has no route {method} {path}")


@cache
def routes() -> list[Route]:
    """All routes, those with fewer variables first, as the gateway prefers them."""
    found = [
        Route(
            function=folder_of(function),
            method=event["Properties"]["Method"],
            path=event["Properties"]["Path"],
            pattern=re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", event["Properties"]["Path"])),
            open=_authorizer(event) == "NONE",
            by_role=_authorizer(event) == "AWS_IAM",
        )
        for function in functions().values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "HttpApi"
    ]
    return sorted(found, key=lambda route: route.path.count("{"))


def _authorizer(event: dict[str, Any]) -> str | None:
    found: str | None = event["Properties"].get("Auth", {}).get("Authorizer")
    return found
