"""Who a person is, as Google tells it: claims, the id_token that carries them, its keys.

The id_token is signed (RS256) with a key that is made when it is first needed and is the same
until the process ends. It is published where the discovery document says, below the base.

Source: developers.google.com/identity/openid-connect/openid-connect,
/identity/openid-connect/reference.
"""

import base64
import hashlib
import json
from collections.abc import Collection
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.simulator.providers.google.people import Person
from tests.simulator.providers.google.scopes import EMAIL, PROFILE

ISSUER = "https://accounts.google.com"
KEY_ID = "simulated"
LIFE = 3600


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def published_keys() -> dict[str, Any]:
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_key().public_key()))
    return {"keys": [key | {"kid": KEY_ID, "use": "sig", "alg": "RS256"}]}


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
    return jwt.encode(content, _key(), algorithm="RS256", headers={"kid": KEY_ID})
