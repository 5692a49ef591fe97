"""Schemathesis against the running stack (AW-22): whatever is sent, no 5xx, and every answer is as
the OpenAPI document says. https://schemathesis.readthedocs.io
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.e2e.services import Service
from tests.repository.openapi import PATH
from tests.simulator.person import Person

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 10
ORGANIZATION = "fuzzed"
AIMED = (
    "/actions/{action}",
    "/refresh",
    "/webhooks/test",
    "/token",
)  # at an integration that there is

schema = schemathesis.openapi.from_path(PATH)


@pytest.fixture(scope="module")
def integration(stack):
    """An integration to aim at, so that not every id is unknown."""
    import requests

    session = requests.Session()
    bearer = stack.bearer(organization=ORGANIZATION)
    begun = session.post(
        f"{stack.url}/api/integrations/connect",
        json={"providerId": "slack"},
        headers=bearer,
        timeout=30,
    )
    session.get(Person().approve(begun.json()["data"]["url"]), timeout=30, allow_redirects=False)
    listed = session.get(f"{stack.url}/api/integrations", headers=bearer, timeout=30)
    return listed.json()["data"][0]["id"]


@pytest.fixture(scope="module")
def service(stack):
    return Service(stack)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_documented(case, stack, service, integration):
    if case.method == "POST" and case.path.endswith(AIMED):
        case.path_parameters["id"] = integration
    if "organizationId" in case.path_parameters:
        case.path_parameters["organizationId"] = ORGANIZATION
        asking = {"auth": service.auth}
    else:
        asking = {"headers": stack.bearer(organization=ORGANIZATION)}
    case.call_and_validate(
        base_url=stack.url,
        **asking,
        checks=CHECKS,
        timeout=30,
        allow_redirects=False,
    )


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "DELETE"])
def test_a_method_that_is_not_documented_reaches_no_function(stack, method):
    import requests

    reply = requests.request(
        method,
        f"{stack.url}/api/integrations/providers/x",
        headers={"authorization": f"Bearer {stack.token()}"},
        timeout=30,
    )

    assert reply.status_code in {404, 405}
    assert reply.json() == {"message": "Not Found"}
