import subprocess
import sys
import time

import jwt
import pytest

from tests.local import token
from tests.local.stack import ROOT


def decoded(printed):
    return jwt.decode(
        printed, token.secret(), algorithms=["HS256"], audience="authenticated", issuer=token.ISSUER
    )


def test_the_claims_are_those_that_the_template_expects_by_default():
    made = token.issue(role="hr", organization="acme", user="grace", expires_in=60)

    claims = decoded(made)

    assert claims["sub"] == "grace"
    assert claims["app_metadata"] == {"organization_id": "acme", "role": "hr"}
    assert claims["exp"] - claims["iat"] == 60
    assert jwt.get_unverified_header(made)["alg"] == "HS256"


@pytest.mark.parametrize(
    ("arguments", "claims"),
    [
        ([], ("ada", "demo", "admin", 3600)),
        (
            ["--role", "hr", "--organization", "b", "--user", "c", "--expires-in", "5"],
            ("c", "b", "hr", 5),
        ),
    ],
)
def test_the_command_prints_a_token_and_nothing_else(arguments, claims):
    ended = subprocess.run(
        [sys.executable, "-m", "tests.local.token", *arguments],
        cwd=ROOT,
        env={"USER": "somebody", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    found = decoded(ended.stdout.removesuffix("\n"))

    user, organization, role, seconds = claims
    assert ended.stderr == ""
    assert found["sub"] == user
    assert found["app_metadata"] == {"organization_id": organization, "role": role}
    assert found["exp"] == pytest.approx(time.time() + seconds, abs=30)
