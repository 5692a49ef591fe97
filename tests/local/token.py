"""Local JWTs: `python -m tests.local.token --role admin` prints one that the authorizer accepts.

The secret is random for each checkout and made by whoever needs it first. The claims are
Supabase's, as the template's defaults expect them.
"""

import argparse
import os
import secrets
import sys
import time
from pathlib import Path

from tests.local.errors import LocalError

ROOT = Path(__file__).parents[2]
SECRET_FILE = ROOT / ".local" / "jwt-secret"
ISSUER = "http://localhost/local-issuer"
AUDIENCE = "authenticated"
_HOUR = 3600
_SHORTEST_SECRET = 32


def secret(file: Path = SECRET_FILE) -> str:
    if not file.exists():
        _create(file)
    value = file.read_text().strip()
    if len(value.encode()) < _SHORTEST_SECRET:
        raise LocalError(f"{file} is too short to be a secret: delete it, it is made anew.")
    return value


def issue(
    *,
    role: str,
    organization: str,
    user: str,
    expires_in: int = _HOUR,
    file: Path = SECRET_FILE,
) -> str:
    import jwt

    now = int(time.time())
    claims = {
        "sub": user,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + expires_in,
        "app_metadata": {"organization_id": organization, "role": role},
    }
    return jwt.encode(claims, secret(file), algorithm="HS256")


def _create(file: Path) -> None:
    """Whole or not at all, and the first of two that race wins."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w") as opened:
        opened.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.local.token", description="Local JWT")
    parser.add_argument("--role", default="admin", help="admin, hr or manager")
    parser.add_argument("--organization", default="demo")
    parser.add_argument("--user", default="ada")
    parser.add_argument("--expires-in", type=int, default=_HOUR, metavar="SECONDS")
    chosen = parser.parse_args()
    try:
        token = issue(
            role=chosen.role,
            organization=chosen.organization,
            user=chosen.user,
            expires_in=chosen.expires_in,
        )
    except (LocalError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print(token)
    return 0


if __name__ == "__main__":
    sys.exit(main())
