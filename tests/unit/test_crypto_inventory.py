"""Which cryptography the product uses, by reading its source (TS-18): AES-GCM, HKDF and SHA-256
out of one module, randomness from the operating system, and certificates that are checked.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template import ROOT

SOURCES = sorted([*(ROOT / "layers/hub/hub").rglob("*.py"), *(ROOT / "functions").rglob("*.py")])
ALLOWED = {
    "cryptography.exceptions": {"InvalidTag"},
    "cryptography.hazmat.primitives.ciphers.aead": {"AESGCM"},
    "cryptography.hazmat.primitives.hashes": {"SHA256"},
    "cryptography.hazmat.primitives.kdf.hkdf": {"HKDF"},
    "hashlib": {"sha256"},
    "hmac": {"compare_digest", "digest"},
    "random": {"SystemRandom"},
    "uuid": {"uuid4", "UUID"},
    "jwt": {"PyJWK", "PyJWKSet", "PyJWTError", "decode", "get_unverified_header"},
}
# However they are reached.
WEAK = {
    *("md5", "sha1", "sha", "md4", "ripemd160"),
    *("ecb", "cbc", "ctr", "tripledes", "des", "rc4", "arc4", "blowfish", "fernet"),
    *("randbytes", "getrandbits", "randint", "uuid1", "uuid3", "uuid5"),
    *("cert_none", "_create_unverified_context", "verify_signature"),
}
# HMAC-SHA1 is how Trello signs its webhooks, and it knows no other way. What is known against SHA-1
# is collisions, which forge no HMAC.
TRELLO = "layers/hub/hub/providers/trello/webhooks.py"
# Pub/Sub proves itself by an ID token of Google's, RS256: the only signature by a public key that
# is verified here, but for those of callers' JWTs.
PUBSUB = "layers/hub/hub/providers/google/pubsub.py"
_ASYMMETRIC = "cryptography.hazmat.primitives.asymmetric"
SCHEMES = "layers/hub/hub/schemes.py"
EXCEPTIONS = {
    SCHEMES: {"hmac.new", "hmac.HMAC"},  # keyed once and copied
    TRELLO: {"sha1"},
    PUBSUB: {
        f"{_ASYMMETRIC}.padding",
        f"{_ASYMMETRIC}.rsa",
        "cryptography.exceptions.InvalidSignature",
    },
}
OTHER_LIBRARIES = {"Crypto", "Cryptodome", "nacl", "rsa", "ecdsa", "jose", "OpenSSL", "crypt"}
UNCHECKED = {"verify", "check_hostname", "verify_mode"}


def findings(source: str) -> set[str]:
    judges = (_imports, _attributes, _switched_off, _words)
    nodes = list(ast.walk(ast.parse(source)))
    return {found for node in nodes for judge in judges for found in judge(node)}


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        refused = OTHER_LIBRARIES | {"cryptography", "random"}
        yield from (each.name for each in node.names if each.name.partition(".")[0] in refused)
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if module in ALLOWED or module.partition(".")[0] in OTHER_LIBRARIES | {"cryptography"}:
            allowed = ALLOWED.get(module, set())
            yield from (f"{module}.{each.name}" for each in node.names if each.name not in allowed)


def _attributes(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in ALLOWED:
            if name not in ALLOWED[module]:
                yield f"{module}.{name}"


def _switched_off(node: ast.AST) -> Iterator[str]:
    match node:
        case (
            ast.keyword(arg=name, value=ast.Constant(value=False))
            | ast.Assign(targets=[ast.Attribute(attr=name)], value=ast.Constant(value=False))
        ) if name in UNCHECKED:
            yield f"{name}=False"


def _words(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=word) | ast.Attribute(attr=word) | ast.Constant(value=str(word)):
            if word.lower() in WEAK:
                yield word


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_module_uses_allowed_cryptography_only(path: Path):
    allowed = EXCEPTIONS.get(_name(path), set())
    assert findings(path.read_text(encoding="utf-8")) == allowed


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from random import choice",
        "import random; random.SystemRandom().random()",
        "import hashlib; hashlib.md5(b'')",
        "import hashlib; hashlib.new('sha1')",
        "from hashlib import sha1",
        "import hmac; hmac.new(key, body, 'sha256')",
        "import hmac, hashlib; hmac.digest(key, body, 'md5')",
        "from cryptography.hazmat.primitives.ciphers import Cipher",
        "from cryptography.hazmat.primitives.ciphers.modes import ECB",
        "from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESCCM",
        "from cryptography.fernet import Fernet",
        "import cryptography.hazmat.primitives.hashes",
        "from cryptography.hazmat.primitives import hashes; hashes.SHA1()",
        "from Crypto.Cipher import AES",
        "import nacl.secret",
        "from uuid import uuid1",
        "import uuid; uuid.uuid5(a, b)",
        "session.get(url, verify=False)",
        "context.check_hostname = False",
        "context.verify_mode = ssl.CERT_NONE",
        "ssl._create_unverified_context()",
        "jwt.decode(token, options={'verify_signature': False})",
        "import jwt; jwt.encode({}, key)",
    ],
)
def test_other_cryptography_would_be_caught(source: str):
    assert findings(source)


def test_keys_and_ciphers_are_in_one_module():
    users = {_name(path) for path in SOURCES if "cryptography" in _imported(path)}

    assert users == {"layers/hub/hub/sealing.py", PUBSUB}


def _imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    named = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in (*named, *modules)}
