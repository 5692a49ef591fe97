"""From template.yaml to what the stand-in gets, without a stand-in."""

import io
import zipfile

import pytest
from botocore.exceptions import ClientError

from hub.providers import IDS
from tests.local import adapt, deploy
from tests.local.deploy import Deployment
from tests.local.errors import LocalError
from tests.local.stack import ROOT

PARAMETERS = {
    "Stage": "local",
    "PublicBaseUrl": "http://localhost:4500",
    "LocalEndpoint": "http://127.0.0.1:9000",
    "JwtIssuer": "https://issuer.example",
    "JwtSecretParameter": "/targetym/local/jwt-secret",
}
OPEN = {
    "GET /api/integrations/{provider}/callback",
    "POST /api/integrations/{provider}/callback",
    "GET /settings/integrations",
    "HEAD /api/webhooks/trello",
    *(f"POST /api/webhooks/{provider}" for provider in IDS),
}
FOR_ROLES = {"POST /internal/organizations/{organizationId}/integrations/{id}/token"}


@pytest.fixture(scope="module")
def source():
    template = adapt.read(ROOT / "template.yaml")
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        for name in ("CodeUri", "ContentUri"):
            if name in properties:
                properties[name] = "s3://bucket/key"
    return template


@pytest.fixture(scope="module")
def adapted(source):
    return adapt.for_stand_in(adapt.translate(source, PARAMETERS, "eu-west-1"))


def of_type(template, kind):
    return [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == kind
    ]


def statements(node):
    if isinstance(node, dict):
        if "Effect" in node:
            yield node
        for value in node.values():
            yield from statements(value)
    elif isinstance(node, list):
        for value in node:
            yield from statements(value)


def test_every_event_of_the_template_is_a_route_and_only_the_open_ones_lack_the_authorizer(
    source, adapted
):
    declared = {
        f"{event['Properties']['Method']} {event['Properties']['Path']}"
        for function in source["Resources"].values()
        for event in function.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "HttpApi"
    }

    routes = {each["RouteKey"]: each for each in of_type(adapted, "AWS::ApiGatewayV2::Route")}

    assert set(routes) == declared
    assert {key for key, each in routes.items() if "AuthorizerId" not in each} == OPEN | FOR_ROLES
    signed = {key for key, each in routes.items() if each.get("AuthorizationType") == "AWS_IAM"}
    assert signed == FOR_ROLES
    (api,) = of_type(adapted, "AWS::ApiGatewayV2::Api")
    assert "Body" not in api


def test_no_condition_on_an_encryption_context_is_left_and_no_other_is_lost():
    kept = {"StringEquals": {"aws:SourceAccount": "1"}}
    statement = {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Condition": {
            "StringEquals": {"kms:EncryptionContext:purpose": "x", "aws:SourceAccount": "1"},
            "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["purpose"]},
        },
    }

    stripped = adapt.for_stand_in(
        {"Resources": {"Role": {"Type": "AWS::IAM::Role", "P": statement}}}
    )

    assert stripped["Resources"]["Role"]["P"] == {**statement, "Condition": kept}


def test_the_template_has_such_conditions_and_the_stand_in_does_not(source, adapted):
    assert "kms:EncryptionContext" in str(list(statements(source)))
    assert "kms:EncryptionContext" not in str(list(statements(adapted)))


def test_a_list_parameter_is_handed_over_as_a_list(source):
    given = {**PARAMETERS, "AllowedOrigins": "https://a.example,https://b.example"}

    translated = adapt.translate(source, given, "eu-west-1")

    (api,) = of_type(translated, "AWS::ApiGatewayV2::Api")
    cors = str(api["Body"]["x-amazon-apigateway-cors"])
    assert "['https://a.example', 'https://b.example']" in cors


def test_a_missing_build_says_what_to_do(tmp_path):
    made = Deployment(None, build=tmp_path, folder=tmp_path, region="eu-west-1")

    with pytest.raises(LocalError, match=r"template\.yaml is missing: run `make build` first\."):
        made.package()


def test_a_missing_folder_of_the_build_says_what_to_do(tmp_path):
    (tmp_path / "template.yaml").write_text(
        "Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: F}}}"
    )
    made = Deployment(None, build=tmp_path, folder=tmp_path, region="eu-west-1")

    with pytest.raises(LocalError, match="/F is missing: run `make build` first"):
        made.package()


def test_a_layer_is_linked_and_stays_when_the_build_goes(tmp_path):
    module = tmp_path / "build" / "Layer" / "python" / "module.py"
    module.parent.mkdir(parents=True)
    module.write_text("old = True")

    archive = deploy._linked_layer(tmp_path / "build" / "Layer", tmp_path / "run")
    module.unlink()

    linked = tmp_path / "run" / "Layer" / "python"
    assert (linked / "module.py").read_text() == "old = True"
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        (name,) = opened.namelist()
        assert name.endswith(".pth")
        assert opened.read(name).decode() == f"import sys; sys.path.insert(0, {str(linked)!r})\n"


def test_equal_folders_make_equal_archives(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text("x = 1")

    assert deploy._archive(tmp_path / "a") == deploy._archive(tmp_path / "b")


class Formation:
    """Plays CloudFormation's part in a failure."""

    def __init__(self, refusal=None):
        self._refusal = refusal
        self._created = False

    def describe_stacks(self, **_):
        if not self._created:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "no"}}, "Describe")
        return {"Stacks": [{"StackStatus": "ROLLBACK_COMPLETE"}]}

    def create_stack(self, **_):
        if self._refusal:
            raise ClientError({"Error": {"Code": "X", "Message": self._refusal}}, "CreateStack")
        self._created = True

    def describe_stack_events(self, **_):
        later = {"LogicalResourceId": "B", "ResourceStatus": "CREATE_FAILED"}
        first = {"LogicalResourceId": "A", "ResourceStatus": "CREATE_FAILED"}
        return {
            "StackEvents": [
                {**later, "ResourceStatusReason": "Resource creation cancelled"},
                {**first, "ResourceStatusReason": "No such thing."},
                {"LogicalResourceId": "A", "ResourceStatus": "CREATE_IN_PROGRESS"},
            ]
        }


class Storage:
    class meta:  # noqa: N801 (boto3's name)
        endpoint_url = "http://127.0.0.1:9000"

    def head_bucket(self, **_):
        pass

    def put_object(self, **_):
        pass


@pytest.mark.parametrize(
    ("formation", "words"),
    [
        (Formation(), "The stack is ROLLBACK_COMPLETE: A: No such thing."),
        (Formation("Bad template"), "The stand-in refused the stack: Bad template"),
    ],
)
def test_a_failure_is_one_sentence_with_the_first_cause(tmp_path, formation, words):
    clients = {"s3": Storage(), "cloudformation": formation}
    made = Deployment(clients.__getitem__, build=tmp_path, folder=tmp_path, region="eu-west-1")

    with pytest.raises(LocalError) as failed:
        made.deploy()

    assert str(failed.value) == words
