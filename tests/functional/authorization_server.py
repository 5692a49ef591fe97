"""A standard authorization server on loopback (RFC 6749, 7009, 7636), for providers made up in
tests. It insists on S256 and believes nothing; the person at it consents by `approve`.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit


@dataclass
class AuthorizationServer:
    """`posts` are the forms it got, as they came, by path."""

    issuer: str | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    posts: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    answer_tokens: Callable[[dict[str, Any]], dict[str, Any]] = lambda answer: answer

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def calls(self) -> Counter[str]:
        return Counter(path for path, _ in self.posts)

    def approve(self, url: str, account: str = "acct-1") -> str:
        """Consent to what an authorization URL asks; give the way back, path and query."""
        asked = dict(parse_qsl(urlsplit(url).query))
        code = secrets.token_urlsafe(24)
        self.codes[code] = {**asked, "account": account}
        back = {"code": code, "state": asked["state"]}
        if self.issuer is not None:
            back["iss"] = self.issuer
        return f"{urlsplit(asked['redirect_uri']).path}?{urlencode(back)}"

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.posts.append((path, form))
        match path:
            case "/token":
                return self._exchange(form)
            case "/revoke":
                self.revoked.append(form["token"])
                return 200, {}
            case _:
                return 200, {"done": True}

    def _exchange(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if form["grant_type"] == "refresh_token":
            return self._refresh(form)
        granted = self.codes.pop(form["code"], None)
        if granted is None or granted["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if granted.get("code_challenge_method") != "S256" or _s256(
            form.get("code_verifier", "")
        ) != granted.get("code_challenge"):
            return 400, {"error": "invalid_grant", "error_description": "PKCE"}
        return 200, self.answer_tokens(
            {
                "access_token": f"access-{secrets.token_hex(16)}",
                "refresh_token": f"refresh-{secrets.token_hex(16)}",
                "token_type": "Bearer",
                "expires_in": 3600,
                "scope": granted.get("scope", ""),
                "account": granted["account"],
            }
        )

    def _refresh(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if not form["refresh_token"].startswith("refresh-"):
            return 400, {"error": "invalid_grant"}
        answer = {"access_token": f"renewed-{secrets.token_hex(16)}", "token_type": "Bearer"}
        return 200, answer


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _handler_for(server: AuthorizationServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: value for name, (value,) in parse_qs(body).items()}
            status, answer = server.answer(self.path, form)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler
