"""How each provider proves a delivery, written down a second time and independently of
`hub.schemes`, so that tests can sign what a provider never would.

Sources: the providers' documentation, as in each `hub.providers.<provider>.webhooks`.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tests.simulator.webhooks import Sent

type Sign = Callable[[Sent, bytes, str], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """`header` holds the proof; None: it stands in the body. `of_body`: it covers the body's bytes.
    `sign` gives headers for a request, under a secret, stamped with a text. `stamp` says what the
    stamp is in, for providers that sign one: the header or the body's field, `tolerance` seconds.
    `write` puts the word into the body, where it stands there.
    """

    header: str | None
    sign: Sign
    of_body: bool = True
    stamp: str | None = None
    stamp_in_body: bool = False
    milliseconds: bool = False
    tolerance: int | None = None
    write: Callable[[bytes, bytes], bytes] = lambda body, _secret: body

    def stamp_at(self, at: float) -> str:
        """Give the text of a time."""
        return str(int(at * 1000) if self.milliseconds else int(at))

    def signed(self, sent: Sent, secret: bytes, at: float) -> Sent:
        """Give a request as the provider would sign it at that time."""
        return self.stamped(sent, secret, self.stamp_at(at))

    def stamped(self, sent: Sent, secret: bytes, stamp: str) -> Sent:
        """Likewise, stamped with any text; one in the body must be there already."""
        written = replace(sent, body=self.write(sent.body, secret))
        return with_headers(written, self.sign(written, secret, stamp))


def with_headers(sent: Sent, headers: Mapping[str, str]) -> Sent:
    """Give a request with these headers in the place of those of the same name."""
    names = {name.lower() for name in headers}
    kept = {name: value for name, value in sent.headers.items() if name.lower() not in names}
    return replace(sent, headers={**kept, **headers})


def without_header(sent: Sent, name: str) -> Sent:
    kept = {each: value for each, value in sent.headers.items() if each.lower() != name}
    return replace(sent, headers=kept)


def header(sent: Sent, name: str) -> str:
    (value,) = (value for each, value in sent.headers.items() if each.lower() == name)
    return value


def _hex(secret: bytes, covered: bytes) -> str:
    return hmac.new(secret, covered, hashlib.sha256).hexdigest()


def _v0(signature: str, stamp: str) -> Sign:
    def sign(sent: Sent, secret: bytes, at: str) -> Mapping[str, str]:
        covered = f"v0:{at}:".encode("utf-8", "surrogatepass") + sent.body
        return {signature: f"v0={_hex(secret, covered)}", stamp: at}

    return sign


def _plain(signature: str, prefix: str = "") -> Sign:
    return lambda sent, secret, _at: {signature: prefix + _hex(secret, sent.body)}


def _trello(sent: Sent, secret: bytes, _at: str) -> Mapping[str, str]:
    mac = hmac.new(secret, sent.body + sent.url.encode(), hashlib.sha1)
    return {"x-trello-webhook": base64.b64encode(mac.digest()).decode()}


def _jira(_sent: Sent, secret: bytes, at: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {hs256(secret, {'exp': int(at) + 180, 'iat': int(at)})}"}


def hs256(secret: bytes, claims: object, algorithm: str = "HS256") -> str:
    """Make a JWT, whatever its header says, with an HMAC."""
    covered = ".".join(
        _base64url(json.dumps(part).encode()) for part in ({"alg": algorithm}, claims)
    )
    mac = hmac.new(secret, covered.encode(), hashlib.sha256).digest()
    return f"{covered}.{_base64url(mac)}"


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _write_client_states(body: bytes, secret: bytes) -> bytes:
    """Put Graph's word into each notification of a body that still is one."""
    states = re.compile(rb'("clientState": ?)"[^"]*"')
    return states.sub(lambda found: found[1] + json.dumps(secret.decode()).encode(), body)


PROOFS: Mapping[str, Proof] = {
    "slack": Proof(
        header="x-slack-signature",
        sign=_v0("x-slack-signature", "x-slack-request-timestamp"),
        stamp="x-slack-request-timestamp",
        tolerance=300,
    ),
    "google": Proof(
        header="x-goog-channel-token",
        sign=lambda _sent, secret, _at: {"x-goog-channel-token": secret.decode()},
        of_body=False,
    ),
    "microsoft": Proof(
        header=None,
        sign=lambda _sent, _secret, _at: {},
        of_body=False,
        write=_write_client_states,
    ),
    "asana": Proof(header="x-hook-signature", sign=_plain("x-hook-signature")),
    "notion": Proof(
        header="x-notion-signature", sign=_plain("x-notion-signature", prefix="sha256=")
    ),
    "linear": Proof(
        header="linear-signature",
        sign=_plain("linear-signature"),
        stamp="webhookTimestamp",
        stamp_in_body=True,
        milliseconds=True,
        tolerance=60,
    ),
    "jira": Proof(header="authorization", sign=_jira, of_body=False),
    "github": Proof(
        header="x-hub-signature-256", sign=_plain("x-hub-signature-256", prefix="sha256=")
    ),
    "zoom": Proof(
        header="x-zm-signature",
        sign=_v0("x-zm-signature", "x-zm-request-timestamp"),
        stamp="x-zm-request-timestamp",
        tolerance=300,
    ),
    "trello": Proof(header="x-trello-webhook", sign=_trello),
}
