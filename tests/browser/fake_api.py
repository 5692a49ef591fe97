"""The settings page with an API behind it whose answers a test writes down: for states that the
real stack does not show on request. Loopback only; stops with its fixture.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from functions.settings_page import app

PATH = "/settings/integrations"
API = "/api/integrations"
SLACK = {
    "id": "slack",
    "name": "Slack",
    "icon": "slack",
    "features": ["Messaging", "Channels", "Notifications"],
    "actsAs": "app",
    "scopes": [
        {
            "id": "channels:read",
            "required": True,
            "explanation": "View your workspace channels",
        },
        {"id": "chat:write", "required": True, "explanation": "Send messages on your behalf"},
        {
            "id": "chat:write.public",
            "required": False,
            "explanation": "Send messages to public channels without being invited first",
        },
    ],
    "actions": [{"id": "send_message"}, {"id": "create_channel"}],
    "syncResources": [],
    "webhookEvents": [],
    "availability": "active",
    "setup": None,
}

Answer = tuple[int, dict[str, Any]] | tuple[int, dict[str, Any], dict[str, str]]
Route = Answer | Callable[[dict[str, Any]], Answer]


def integration(number: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": f"int_{number:026d}",
        "providerId": "slack",
        "providerName": "Slack",
        "accountName": "Acme Workspace",
        "connectedBy": "ada",
        "status": "active",
        "healthStatus": "healthy",
        "connectedAt": "2026-01-01T00:00:00Z",
        "lastSyncAt": None,
        "nextSyncAt": None,
        **more,
    }


def succeed(data: Any, **more: Any) -> Answer:
    return 200, {"success": True, "data": data, **more}


def fail(
    status: int,
    code: str,
    message: str = "Do this next.",
    headers: dict[str, str] | None = None,
) -> Answer:
    error = {"code": code, "message": message, "requestId": "req-42"}
    return status, {"success": False, "error": error}, headers or {}


def token_for(role: str = "admin") -> str:
    """A token as the page sees it; this API asks for no signature."""
    payload = json.dumps({"sub": "ada", "app_metadata": {"role": role}}).encode()
    return f"e30.{urlsafe_b64encode(payload).rstrip(b'=').decode()}.c2lnbmF0dXJl"


class FakeApi:
    """`routes` maps "METHOD /path" below /api/integrations to an answer or a function of the call.

    `calls` lists what arrived: method, path, query, headers, body. `pages` are further HTML pages
    by path: a provider's consent page, an application that embeds the settings.
    """

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {
            "GET /providers": succeed([SLACK]),
            "GET ": succeed([], nextCursor=None),
        }
        self.calls: list[dict[str, Any]] = []
        self.pages: dict[str, str] = {}
        self.fetched: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://localhost:{self._server.server_address[1]}"
        # The same server under a name that browsers treat as another origin.
        self.elsewhere = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def asked(self, route: str) -> list[dict[str, Any]]:
        return [call for call in self.calls if f"{call['method']} {call['path']}" == route]

    def _answer(self, method: str, target: str, headers: Any, body: bytes) -> Any:
        parts = urlsplit(target)
        if parts.path == PATH:
            event = {"requestContext": {"http": {"method": method}}}
            return app.handler(event, None)
        if parts.path in self.pages:
            self.fetched.append(parts.path)
            return self.pages[parts.path]
        if not parts.path.startswith(API):
            return fail(404, "not_found")
        call = {
            "method": method,
            "path": parts.path.removeprefix(API),
            "query": parse_qs(parts.query),
            "headers": {name.lower(): value for name, value in headers.items()},
            "body": json.loads(body) if body else None,
        }
        self.calls.append(call)
        route = self.routes.get(f"{method} {call['path']}", fail(404, "not_found"))
        return route(call) if callable(route) else route

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                answer = fake._answer(self.command, self.path, self.headers, body)
                status, headers, content = _shape(answer)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = do_HEAD = _serve  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Nothing: pytest's output is for the tests."""

        return Handler


def _shape(answer: Any) -> tuple[int, dict[str, str], bytes]:
    if isinstance(answer, dict):
        return answer["statusCode"], answer["headers"], answer["body"].encode()
    if isinstance(answer, str):
        return 200, {"content-type": "text/html"}, answer.encode()
    status, body, *headers = answer
    kind = {"content-type": "application/json"}
    return status, {**kind, **(headers[0] if headers else {})}, json.dumps(body).encode()
