"""The OpenAPI document is what the handlers declare and the template routes: no more, no less."""

import json
import re

from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.repository import openapi
from tests.repository.template_rules import routes

NO_API = {"GET /settings/integrations"}


def test_the_committed_document_is_up_to_date():
    assert openapi.PATH.read_text() == openapi.render(), "run make openapi"


def test_the_document_is_valid():
    assert list(OpenAPIV31SpecValidator(openapi.document()).iter_errors()) == []


def test_every_route_of_the_template_is_described():
    described = {
        f"{method.upper()} {path}"
        for path, operations in openapi.document()["paths"].items()
        for method in operations
    }

    assert described == set(routes()) - NO_API


def test_every_code_a_handler_may_answer_has_a_status():
    for operations in openapi.document()["paths"].values():
        for operation in operations.values():
            assert {"200", "202", "303"} & set(operation["responses"])
            assert "500" in operation["responses"]


def test_nothing_of_a_developers_machine_is_in_the_document():
    text = json.dumps(openapi.document())

    assert not re.search(r"/home/|/Users/|localhost", text)
