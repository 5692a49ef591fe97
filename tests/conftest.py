"""What every test has: an environment that names nothing real, and a runtime that starts empty."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A busy machine is no finding: what must be fast has a test that measures it.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Not in tests/browser alone: one Chromium serves the tests against the local stack too.
pytest_plugins = ("tests.browser.fixtures",)

BASE_URL = "http://localhost:4500"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "STAGE": "local",
    "PUBLIC_BASE_URL": BASE_URL,
    "RETURN_TO_URLS": "https://app.targetym.example/settings",
    "ALLOWED_ORIGINS": "https://app.targetym.example",
    "POWERTOOLS_SERVICE_NAME": "test",
    "POWERTOOLS_METRICS_NAMESPACE": "Targetym/Integrations",
    "INTEGRATIONS_TABLE": "integrations",
    "CREDENTIALS_TABLE": "credentials",
    "KEYS_TABLE": "keys",
    "STATES_TABLE": "states",
    "CONSENTS_TABLE": "consents",
    "EXTERNAL_ACCOUNTS_TABLE": "external-accounts",
    "OUTBOX_TABLE": "outbox",
    "IDEMPOTENCY_TABLE": "idempotency",
    "PROVIDER_HEALTH_TABLE": "provider-health",
    "WEBHOOKS_TABLE": "webhooks",
    "SYNCS_TABLE": "syncs",
    "SYNC_LOGS_TABLE": "sync-logs",
    "RECORDS_TABLE": "records",
    "EVENT_BUS": "targetym-integrations",
    "PEOPLE_TOPIC": "arn:aws:sns:eu-west-1:123456789012:people",
    "JOBS_MAX_RECEIVES": "8",
    "JWT_ISSUER": "https://issuer.example",
    "JWT_AUDIENCE": "authenticated",
    "JWT_SECRET_PARAMETER": "/targetym/local/jwt-secret",
    "ORGANIZATION_CLAIM": "app_metadata.organization_id",
    "USER_CLAIM": "sub",
    "ROLE_CLAIM": "app_metadata.role",
}
CLEARED = ("TOKEN_READER_ROLES", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "JWKS_URL")

os.environ.update(ENVIRONMENT)
for _name in CLEARED:
    os.environ.pop(_name, None)


@pytest.fixture(autouse=True)
def fresh_runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test starts as a cold container does: nothing cached, the environment as above."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    forget()
    yield
    forget()


def forget() -> None:
    from hub import assembly, keyrings, parameters, registrations, runtime

    for cached in (
        runtime.settings,
        runtime.aws,
        runtime.database,
        runtime.key_cache,
        runtime.flows,
        registrations._http_client,
        assembly.means,
        assembly.refreshing,
        assembly.token_source,
        assembly.subscriptions,
        assembly.syncing,
    ):
        cached.cache_clear()
    parameters._known.clear()
    keyrings._published.clear()
    for name, module in list(sys.modules.items()):
        if name.startswith("functions.webhooks.") and name.endswith(".app"):
            module.handler._said_at.clear()  # what was said a moment ago is not said again
