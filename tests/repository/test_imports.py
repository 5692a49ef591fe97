"""What a function imports before it answers: cold starts are made of this.

Each app.py is imported in a fresh interpreter, as Lambda does. A package that is not named here
costs too little to be rationed.
"""

import json
import subprocess
import sys

import pytest

from tests.template import ROOT, example_environment, function_names, functions

REFRESHES = {"actions", "refresh", "access_token", "refresh_worker", "sync_worker"}
CALLS_PROVIDERS = {"callback", "jobs_worker", *REFRESHES}
SEALS = {"connect", "callback", "disconnect", "jobs_worker", "operator", *REFRESHES}
# Who may import what; spec section 8.
BUDGET = {
    "pydantic": {"connect", "actions", "sync", "sync_settings"},
    "requests": CALLS_PROVIDERS,
    "cryptography": SEALS | {"authorizer"},  # PyJWT brings it
    "jwt": {"authorizer"},
    "boto3": set(function_names()) - {"settings_page"},
    "aws_xray_sdk": set(),
    "authlib": set(),
    "jsonschema": set(),
    "hub.http_client": CALLS_PROVIDERS,
    "hub.sealing": SEALS,
}
WEBHOOKS = {name for name in function_names() if name.startswith("webhooks/")}
# Slack's three seconds have no room for it (spec section 8): a webhook function writes the few
# lines that it logs by itself.
BUDGET |= {
    "aws_lambda_powertools": set(function_names()) - WEBHOOKS - {"settings_page", "openapi"},
    "aws_lambda_powertools.event_handler": set(function_names()) - WEBHOOKS - {"webhook_worker"},
}
REPORT = """
import json, sys
sys.path[:0] = sys.argv[1:]
import app
print(json.dumps(sorted(sys.modules)))
"""


def _imported(function: str) -> set[str]:
    ran = subprocess.run(
        [
            sys.executable,
            "-Bc",
            REPORT,
            str(ROOT / "functions" / function),
            str(ROOT / "layers" / "hub"),
        ],
        env=example_environment(functions()[function_names()[function]]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stdout))


@pytest.mark.parametrize("function", sorted(function_names()))
def test_a_function_imports_only_what_its_budget_allows(function: str):
    imported = _imported(function)

    over = {name for name, allowed in BUDGET.items() if function not in allowed} & imported

    assert over == set()


def test_the_budget_bites():
    """A budget that nobody could overrun would pass just as well."""
    assert {"boto3", "cryptography", "hub.sealing"} <= _imported("callback")
    assert "pydantic" in _imported("connect")
    assert "jwt" in _imported("authorizer")
