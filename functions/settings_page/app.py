"""The Settings → Integrations page: one HTML answer that carries its own style and script.

It knows the page's files and the policy they are served under. The policy names the style and the
script by their SHA-256 (https://www.w3.org/TR/CSP3/#grammardef-hash-source), so nothing else runs,
and asks for Trusted Types, so no text of a provider can become markup.

It reads the environment itself and imports nothing of ours: hub.runtime brings boto3, most of a
cold start, to an answer that needs no AWS call.
"""

import hashlib
import os
import re
from base64 import b64encode
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_SCRIPTS = ("help", "elements", "session", "api", "dialogs", "cards", "flow", "page")
_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:\d+)?|http://(localhost|127\.0\.0\.1)(:\d+)?")


def _read(*names: str) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


_INDEX = _read("index.html")
STYLE = _read("base.css", "page.css")
SCRIPT = _read(*(f"{name}.js" for name in _SCRIPTS))


def _source(content: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(filter(None, (origin.strip() for origin in text.split(","))))
    for origin in origins:
        # They become part of a header: what is no origin must not get there.
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin!r} is not an origin such as https://app.example.com")
    return origins


def _policy(embedders: tuple[str, ...]) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_source(SCRIPT)}",
            f"style-src {_source(STYLE)}",
            "connect-src 'self'",
            "img-src data:",
            "form-action 'none'",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(embedders) or "'none'"}",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _html(settings: dict[str, str]) -> str:
    attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in settings.items())
    # Each placeholder stands in index.html once, before what replaces the next one.
    return (
        _INDEX.replace("{{script}}", SCRIPT, 1)
        .replace("{{style}}", STYLE, 1)
        .replace("{{settings}}", attributes, 1)
    )


@cache
def _page() -> tuple[dict[str, str], str]:
    stage = os.environ["STAGE"]
    (base_url,) = _origins(os.environ["PUBLIC_BASE_URL"])
    listed = _origins(os.environ.get("ALLOWED_ORIGINS", ""))
    html = _html(
        {
            "stage": stage,
            "base-url": base_url,
            "allowed-origins": " ".join(listed or (base_url,)),
            # A token in an address ends up in histories and screenshots: only the local stack,
            # whose tokens open nothing else, may hand it over that way.
            "fragment-token": "accepted" if stage == "local" else "refused",
            "role-claim": os.environ.get("ROLE_CLAIM", "app_metadata.role"),
        }
    )
    # No Cross-Origin-Opener-Policy: any value but unsafe-none cuts the page off from the Targetym
    # window that opened it, and that window is where the token comes from. The windows this page
    # opens lose their opener in flow.js.
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": _policy(listed),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    if base_url.startswith("https:"):
        headers["strict-transport-security"] = "max-age=31536000"
    return headers, html


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    headers, html = _page()
    wanted = event["requestContext"]["http"]["method"] != "HEAD"
    return {"statusCode": 200, "headers": dict(headers), "body": html if wanted else ""}
