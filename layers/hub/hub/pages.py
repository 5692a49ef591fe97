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
    ":root{color-scheme:light dark;--page:#fff;--text:#17212b;--muted:#4f5d6b;--control:#6b7986;"
    "--accent:#0b5c6b;--on-accent:#fff;--chosen:#e6f2f4}"
    "@media(prefers-color-scheme:dark){:root{--page:#18212a;--text:#e8edf2;--muted:#a8b5c2;"
    "--control:#8395a5;--accent:#74cbd9;--on-accent:#05252b;--chosen:#1d343d}}"
    "*{box-sizing:border-box}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;"
    "padding:clamp(1.5rem,10vh,6rem) 1rem 3rem;color:var(--text);background:var(--page);"
    "overflow-wrap:anywhere}"
    "h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}p{margin:0 0 1rem}"
    "a{color:var(--accent)}"
    "fieldset{min-width:0;margin:1.5rem 0;padding:0;border:0}"
    "legend{padding:0;font-weight:600}"
    "label{display:flex;gap:.75rem;align-items:center;min-height:2.75rem;margin-top:.5rem;"
    "padding:.5rem .875rem;border:1px solid var(--control);border-radius:.5rem;cursor:pointer}"
    "label:has(:checked){border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent);"
    "background:var(--chosen)}"
    "input{flex:none;width:1.25rem;height:1.25rem;margin:0;accent-color:var(--accent)}"
    "button{font:inherit;font-weight:600;min-height:2.75rem;padding:.5rem 1.5rem;cursor:pointer;"
    "border:1px solid var(--accent);border-radius:.5rem;"
    "background:var(--accent);color:var(--on-accent)}"
    ":focus-visible,label:has(:focus-visible){outline:3px solid var(--accent);outline-offset:2px}"
    "label :focus-visible{outline:none}"
    ".note{margin-top:1rem;color:var(--muted)}"
    "@media(max-width:30rem){button{width:100%}}"
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
        f'<label><input type="radio" name="choice" value="{number}" required> '
        f"{escape(_shown(name))}</label>"
        for number, name in enumerate(names)
    )
    return _page(
        f"Which {provider} account?",
        f"<p>You gave Targetym access to {len(names)} accounts. It connects the one that you "
        f"choose and leaves the others alone.</p>"
        f'<form method="post" action="?"><input type="hidden" name="state" value="{escape(state)}">'
        f"<fieldset><legend>{escape(provider)} accounts</legend>{choices}</fieldset>"
        f"<button>Connect</button></form>"
        f'<p class="note">To connect none of them, close this window. You have ten minutes to '
        f"choose.</p>",
    )


def _shown(name: str) -> str:
    """Give a name as plain text of one line: a provider may send anything as one."""
    return "".join(c if c.isprintable() else " " for c in name)[:200]


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title>"
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}"
        f"</main></body></html>"
    )
