"""The pages a person sees: consent, refusal, overview. Plain HTML, no script, all text escaped."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from tests.simulator.wire import Answer

STYLE = """
:root { color-scheme: light dark; --line: #767676; --accent: #0b5cad; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --line: #9a9a9a; --accent: #9ccbff;
  --on-accent: #10263d; } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; padding: 1.5rem 1rem;
  overflow-wrap: anywhere; background: Canvas; color: CanvasText; }
main { max-width: 42rem; margin: 0 auto; }
h1 { font-size: 1.5rem; line-height: 1.25; }
fieldset, section { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0;
  padding: .75rem 1rem; }
fieldset { min-width: 0; }
label { display: block; padding: .25rem 0; }
select, button { font: inherit; min-height: 2.75rem; padding: .25rem .75rem; max-width: 100%; }
ul { list-style: none; margin: 0; padding: 0; }
li, li label { display: flex; gap: .75rem; align-items: start; }
li { min-height: 2.75rem; padding: .25rem 0; }
li label { flex: 1; padding: 0; }
input { flex: none; width: 1.25rem; height: 1.25rem; margin: .125rem 0; }
li code { display: block; font-size: .875rem; opacity: .8; }
button { border: 2px solid var(--accent); border-radius: .5rem; background: none;
  color: var(--accent); cursor: pointer; margin-right: .5rem; }
button.first { background: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
a { color: var(--accent); }
section h2 { font-size: 1.25rem; margin: 0; }
section h3 { font-size: 1rem; margin: .75rem 0 0; }
section p { margin: 0; }
td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }
th { overflow-wrap: normal; }
.play { border-left: .3rem solid var(--accent); padding-left: .75rem; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A scope, which a person may leave unticked; `field` tells bot scopes from user scopes."""

    field: str
    scope: str
    words: str
    optional: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What can be connected: a workspace, a site, a person's account."""

    id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    provider: str
    app: str
    account_word: str
    accounts: tuple[Account, ...]
    selected: str
    permissions: tuple[Permission, ...]
    redirect_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One account on the overview, with what the product did there."""

    label: str
    note: str
    messages: tuple[tuple[str, str], ...]


def page(
    title: str, body: str, *, form_action: str = "'none'", status: int = 200, outcome: str = "ok"
) -> Answer:
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action {form_action}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return Answer(
        status=status, body=html.encode(errors="replace"), headers=headers, outcome=outcome
    )


def consent_page(consent: Consent) -> Answer:
    """The form is posted to its own address, so that the request travels with it unchanged."""
    options = "".join(
        f'<option value="{escape(account.id)}"{" selected" * (account.id == consent.selected)}>'
        f"{escape(account.label)}</option>"
        for account in consent.accounts
    )
    word = escape(consent.account_word)
    choosable = any(permission.optional for permission in consent.permissions)
    note = "<p>Untick what you do not want to allow.</p>" if choosable else ""
    body = (
        f'<p class="play">This is a simulator. It plays {escape(consent.provider)}, and nothing '
        f"leaves this machine.</p><p><strong>{escape(consent.app)}</strong> asks for permission "
        f"to use your {escape(consent.provider)} {word.lower()}.</p>"
        f'<form method="post"><input type="hidden" name="permissions_shown" value="1">'
        f'<p><label for="account">{word}</label>'
        f'<select id="account" name="account">{options}</select></p>'
        f"<fieldset><legend>What it asks for</legend>"
        f"<ul>{''.join(map(_permission, consent.permissions))}</ul>{note}</fieldset>"
        '<p><button class="first" name="decision" value="approve">Approve</button>'
        '<button name="decision" value="deny">Deny</button></p></form>'
    )
    return page(
        f"Connect {consent.app} to {consent.provider}",
        body,
        form_action=_form_action(consent.redirect_uri),
    )


def _permission(permission: Permission) -> str:
    words = f"<span>{escape(permission.words)} <code>{escape(permission.scope)}</code></span>"
    if not permission.optional:
        return f"<li>{words}</li>"
    return (
        f'<li><label><input type="checkbox" name="{escape(permission.field)}" '
        f'value="{escape(permission.scope)}" checked>{words}</label></li>'
    )


def _form_action(redirect_uri: str) -> str:
    """Browsers apply form-action to the whole chain of redirects that follows the form."""
    back = urlsplit(redirect_uri)
    return f"'self' {back.scheme}://{back.netloc} http://localhost:* http://127.0.0.1:*"


def refusal_page(provider: str, error: str, words: str) -> Answer:
    body = (
        f"<p>{escape(words)}</p><p>{escape(provider)} calls this "
        f'<code id="error">{escape(error)}</code>. Nothing was connected.</p>'
    )
    return page(f"{provider} cannot go on", body, status=400, outcome=error)


def overview(providers: Iterable[tuple[str, Iterable[Shown]]]) -> Answer:
    sections = "".join(
        f"<section><h2>{escape(name)}</h2>{''.join(map(_account, accounts))}</section>"
        for name, accounts in providers
    )
    body = (
        '<p class="play">It plays the outside services that can be connected, on this machine '
        "alone. Accounts, people and messages are made up.</p>"
        "<p>What Targetym did in an account stands below it. "
        f'<a href="/">Reload</a> to see what has arrived since.</p>{sections}'
    )
    return page("Provider simulator", body)


def _account(account: Shown) -> str:
    heading = f"<h3>{escape(account.label)}</h3><p>{escape(account.note)}</p>"
    if not account.messages:
        return heading
    rows = "".join(
        f"<tr><td>{escape(where)}</td><td>{escape(text)}</td></tr>"
        for where, text in account.messages
    )
    return (
        f'{heading}<table><thead><tr><th scope="col">Where</th><th scope="col">What</th></tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )
