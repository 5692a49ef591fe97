"""The few pages a person sees of the callback itself: when there is nowhere to send the browser,
and when there is a choice to make.

Nothing of the request is ever shown (OA-15); names of accounts, which the provider told us, are
shown as text to the person who gave the grant. No script, no other resource.
"""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import Final
from urllib.parse import urlsplit

_STYLE: Final = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;"
    "color:#1b1f24;background:#fff}a{color:#0b57d0}"
    "fieldset{border:1px solid #767676;border-radius:.5rem}label{display:block;padding:.4rem 0}"
    "button{font:inherit;min-height:2.75rem;padding:.25rem 1.25rem}"
    "@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#16181c}a{color:#8ab4f8}}"
)
_STYLE_HASH: Final = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def headers(leads_to: str | None = None) -> dict[str, str]:
    """Give the headers of a page; `leads_to`: where its form's answer sends the browser. Browsers
    hold `form-action` against every redirect that follows.
    """
    to = urlsplit(leads_to or "")
    action = f"'self' {to.scheme}://{to.netloc}" if leads_to else "'none'"
    return {
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "content-security-policy": (
            f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
            f"base-uri 'none'; form-action {action}; frame-ancestors 'none'"
        ),
    }


def page(title: str, text: str, link: str) -> str:
    """Say what happened, with a way back."""
    return _page(
        title,
        f'<p>{escape(text)}</p><p><a href="{escape(link)}">Go to Settings → Integrations</a></p>',
    )


def choice_page(provider: str, names: Sequence[str], state: str) -> str:
    """Ask which of several accounts to connect. The form goes to the page's own address."""
    choices = "".join(
        f'<p><label><input type="radio" name="choice" value="{number}" required> '
        f"{escape(_shown(name))}</label></p>"
        for number, name in enumerate(names)
    )
    return _page(
        f"Which {provider} account?",
        f"<p>You gave Targetym access to more than one. Choose the one to connect; the others "
        f"are left alone.</p>"
        f'<form method="post" action="?"><input type="hidden" name="state" value="{escape(state)}">'
        f"<fieldset><legend>{escape(provider)}</legend>{choices}</fieldset>"
        f"<p><button>Connect</button></p></form>",
    )


def _shown(name: str) -> str:
    """Give a name as plain text of one line: a provider may send anything as one."""
    return "".join(c if c.isprintable() else " " for c in name)[:200]


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}"
        f"</main></body></html>"
    )
