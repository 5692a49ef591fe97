"""Who a person is, as Google tells it: claims, and the id_token that carries them.

Source: developers.google.com/identity/openid-connect/openid-connect,
/identity/openid-connect/reference.
"""

import base64
import hashlib
from collections.abc import Collection
from typing import Any

from tests.simulator.providers.google.people import Person
from tests.simulator.providers.google.scopes import EMAIL, PROFILE
from tests.simulator.standard.keys import signed

ISSUER = "https://accounts.google.com"
LIFE = 3600


def claims(person: Person, scopes: Collection[str]) -> dict[str, Any]:
    said: dict[str, Any] = {"sub": person.sub}
    if EMAIL in scopes:
        said |= {"email": person.email, "email_verified": True}
    if PROFILE in scopes:
        given, _, family = person.name.partition(" ")
        said |= {"name": person.name, "given_name": given, "family_name": family}
    if person.hd:
        said["hd"] = person.hd
    return said


def id_token(
    person: Person,
    scopes: Collection[str],
    *,
    client_id: str,
    access_token: str,
    nonce: str,
    now: float,
) -> str:
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    content = {
        "iss": ISSUER,
        "azp": client_id,
        "aud": client_id,
        **claims(person, scopes),
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        "iat": int(now),
        "exp": int(now) + LIFE,
    }
    if nonce:
        content["nonce"] = nonce
    return signed(content)
