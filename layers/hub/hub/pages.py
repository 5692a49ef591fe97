"""The few pages a person sees of the callback itself, when there is nowhere to send the browser.

Constant text only: nothing of the request is ever shown (OA-15). No script, no other resource.
"""

import hashlib
from base64 import b64encode
from html import escape
from typing import Final

_STYLE: Final = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;"
    "color:#1b1f24;background:#fff}a{color:#0b57d0}"
    "@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#16181c}a{color:#8ab4f8}}"
)
_STYLE_HASH: Final = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def page(title: str, text: str, link: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>"
        f'<p>{escape(text)}</p><p><a href="{escape(link)}">Go to Settings → Integrations</a></p>'
        f"</main></body></html>"
    )
