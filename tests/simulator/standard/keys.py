"""The key that ID tokens are signed with (RS256): made when it is first needed, and the same until
the process ends. Each provider publishes it where its discovery document says.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_ID = "simulated"


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def published_keys() -> dict[str, Any]:
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_key().public_key()))
    return {"keys": [key | {"kid": KEY_ID, "use": "sig", "alg": "RS256"}]}


def signed(content: Mapping[str, Any]) -> str:
    return jwt.encode(dict(content), _key(), algorithm="RS256", headers={"kid": KEY_ID})
