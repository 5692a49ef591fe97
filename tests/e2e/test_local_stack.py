"""What the local stack promises besides the product: it is closed to others, and its IAM bites."""

import http.client
import json
import time

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.stack


def ask(stack, path, method="GET", **headers):
    connection = http.client.HTTPConnection(stack.url.removeprefix("http://"), timeout=30)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def test_the_api_and_the_page_answer(stack):
    status, _, body = ask(stack, "/api/integrations", **stack.bearer())
    page, headers, _ = ask(stack, "/settings/integrations")

    assert (status, json.loads(body)) == (200, {"success": True, "data": [], "nextCursor": None})
    assert (page, headers.get_content_type()) == (200, "text/html")


def test_an_unknown_host_is_refused(stack):
    status, _, body = ask(stack, "/settings/integrations", Host="rebound.example")

    assert status == 421
    assert json.loads(body) == {"message": f"Only {stack.url} is served here."}


def test_the_gateways_own_401_has_cors_headers_for_the_allowed_origin_only(stack):
    own, allowed, _ = ask(stack, "/api/integrations", Origin=stack.url)
    foreign, others, _ = ask(stack, "/api/integrations", Origin="https://evil.example")

    assert (own, foreign) == (401, 401)
    assert allowed["access-control-allow-origin"] == stack.url
    assert allowed["access-control-allow-credentials"] == "true"
    assert "access-control-allow-origin" not in others


def test_a_preflight_allows_what_the_template_allows(stack):
    wish = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,idempotency-key",
    }
    status, headers, _ = ask(stack, "/api/integrations", "OPTIONS", Origin=stack.url, **wish)
    _, others, _ = ask(stack, "/api/integrations", "OPTIONS", Origin="https://evil.example", **wish)

    assert status == 204
    assert headers["access-control-allow-origin"] == stack.url
    assert headers["access-control-allow-credentials"] == "true"
    assert "POST" in headers["access-control-allow-methods"]
    assert "idempotency-key" in headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in others


def allowed(call, **arguments):
    """Whether IAM let the call through; any other failure is none of its business."""
    try:
        call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return "AccessDenied" not in code and code != "AuthorizationError"  # which is SNS's word
    return True


def rights(stack, function):
    """What the function's role can really do of the things that only some may do."""
    credentials = stack.role_credentials(function)
    dynamodb, kms, ssm, sqs, events, sns = (
        stack.aws(name, **credentials)
        for name in ("dynamodb", "kms", "ssm", "sqs", "events", "sns")
    )
    resources, outputs = stack.deployment.resources, stack.deployment.outputs
    key = {"organizationId": {"S": "demo"}}
    context = {"organization": "demo", "purpose": "test"}
    master = outputs["MasterKeyArn"]
    sealed = stack.aws("kms").encrypt(KeyId=master, Plaintext=b"x", EncryptionContext=context)

    def reads(table, key):
        wanted = {resources[table]: {"Keys": [key]}}
        return allowed(dynamodb.batch_get_item, RequestItems=wanted)

    tries = {
        "read credentials": lambda: reads("CredentialsTable", {**key, "credentialsId": {"S": "x"}}),
        "read keys": lambda: reads("KeysTable", {**key, "keyId": {"S": "x"}}),
        "read integrations": lambda: reads(
            "IntegrationsTable", {**key, "integrationId": {"S": "x"}}
        ),
        "read how providers are": lambda: reads(
            "ProviderHealthTable", {"providerId": {"S": "x"}, "part": {"S": "x"}}
        ),
        "read subscriptions": lambda: reads(
            "WebhooksTable", {"whose": {"S": "x"}, "part": {"S": "x"}}
        ),
        "look for subscriptions that end": lambda: allowed(
            dynamodb.query,
            TableName=resources["WebhooksTable"],
            IndexName="renewals",
            KeyConditionExpression="renewShard = :shard",
            ExpressionAttributeValues={":shard": {"S": "renewal#0"}},
        ),
        "look for what is due": lambda: allowed(
            dynamodb.query,
            TableName=resources["CredentialsTable"],
            IndexName="refreshes",
            KeyConditionExpression="refreshShard = :shard",
            ExpressionAttributeValues={":shard": {"S": "refresh#0"}},
        ),
        "read records": lambda: reads(
            "RecordsTable", {"whose": {"S": "x"}, "externalId": {"S": "x"}}
        ),
        "look for what wants syncing": lambda: allowed(
            dynamodb.query,
            TableName=resources["IntegrationsTable"],
            IndexName="syncs",
            KeyConditionExpression="syncShard = :shard",
            ExpressionAttributeValues={":shard": {"S": "sync#0"}},
        ),
        "queue syncs": lambda: allowed(
            sqs.send_message, QueueUrl=outputs["SyncQueueUrl"], MessageBody="{}"
        ),
        "queue jobs": lambda: allowed(
            sqs.send_message, QueueUrl=outputs["JobsQueueUrl"], MessageBody="{}"
        ),
        "queue refreshes": lambda: allowed(
            sqs.send_message, QueueUrl=outputs["RefreshQueueUrl"], MessageBody="{}"
        ),
        "queue deliveries": lambda: allowed(
            sqs.send_message, QueueUrl=outputs["WebhooksQueueUrl"], MessageBody="{}"
        ),
        "publish": lambda: allowed(
            events.put_events,
            Entries=[
                {
                    "EventBusName": outputs["EventBusName"],
                    "Source": "test",
                    "DetailType": "test",
                    "Detail": "{}",
                }
            ],
        ),
        "tell people": lambda: allowed(
            sns.publish, TopicArn=outputs["PeopleTopicArn"], Message="{}"
        ),
        "make keys": lambda: allowed(
            kms.generate_data_key, KeyId=master, KeySpec="AES_256", EncryptionContext=context
        ),
        "unwrap keys": lambda: allowed(
            kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context
        ),
        "read the JWT secret": lambda: allowed(
            ssm.get_parameter, Name="/targetym/local/jwt-secret", WithDecryption=True
        ),
        "read the ingress secrets": lambda: allowed(
            ssm.get_parameter, Name="/targetym/local/ingress", WithDecryption=True
        ),
        "read client secrets": lambda: allowed(
            ssm.get_parameter, Name="/targetym/local/providers/slack", WithDecryption=True
        ),
    }
    return {name for name, tried in tries.items() if tried()}


READS = {"read credentials", "read keys", "read integrations"}
REFRESHES = READS | {
    "unwrap keys",
    "read client secrets",
    "read how providers are",
    "queue jobs",
    "queue refreshes",
}
TAKES_IN = {"queue deliveries", "read the ingress secrets"}
LOOKS_UP = {*TAKES_IN, "read subscriptions"}


# TS-16, AW-16: the right column is also the proof that what should work does.
@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("AuthorizerFunction", {"read the JWT secret"}),
        ("ConnectFunction", {"read integrations", "make keys", "read client secrets"}),
        ("CallbackFunction", READS | {"make keys", "unwrap keys", "read client secrets"}),
        ("DisconnectFunction", READS | {"unwrap keys"}),
        ("ListFunction", {"read integrations", "read subscriptions"}),
        ("ActionsFunction", REFRESHES),
        ("RefreshFunction", REFRESHES),
        ("AccessTokenFunction", REFRESHES),
        ("RefreshWorkerFunction", REFRESHES),
        ("SyncFunction", {"read integrations"}),
        ("SyncSettingsFunction", {"read integrations"}),
        ("RecordsFunction", {"read integrations", "read records"}),
        (
            "SyncDispatcherFunction",
            {"look for what wants syncing", "read how providers are", "queue syncs"},
        ),
        (
            "SyncWorkerFunction",
            REFRESHES | {"read records", "read subscriptions", "queue syncs"},
        ),
        (
            "RefreshDispatcherFunction",
            {"look for what is due", "read how providers are", "queue refreshes"},
        ),
        ("OpenapiFunction", set()),
        ("SettingsPageFunction", set()),
        ("OutboxFunction", {"queue jobs", "queue syncs", "publish", "tell people"}),
        (
            "JobsWorkerFunction",
            REFRESHES | {"read subscriptions", "read the ingress secrets"},
        ),
        ("SlackWebhookFunction", TAKES_IN | {"read client secrets"}),  # those of Slack, that is
        ("GoogleWebhookFunction", LOOKS_UP),
        ("MicrosoftWebhookFunction", LOOKS_UP),
        ("AsanaWebhookFunction", LOOKS_UP),
        ("NotionWebhookFunction", LOOKS_UP),
        ("LinearWebhookFunction", TAKES_IN),
        ("JiraWebhookFunction", TAKES_IN),
        ("GitHubWebhookFunction", TAKES_IN),
        ("ZoomWebhookFunction", TAKES_IN),
        ("TrelloWebhookFunction", TAKES_IN),
        ("WebhookWorkerFunction", {"read integrations", "read subscriptions"}),
        (
            "WebhookTestFunction",
            {
                "read integrations",
                "read subscriptions",
                "read the ingress secrets",
                "read client secrets",
            },
        ),
        ("OperatorFunction", {"read the ingress secrets"}),
        (
            "WebhookDispatcherFunction",
            {"look for subscriptions that end", "queue jobs"},
        ),
    ],
)
def test_a_role_can_do_what_its_function_needs_and_no_more(stack, function, expected):
    assert rights(stack, function) == expected


def test_every_function_is_in_the_table_above(stack):
    functions = {name for name in stack.deployment.resources if name.endswith("Function")}
    marks = test_a_role_can_do_what_its_function_needs_and_no_more.pytestmark
    cases = next(mark for mark in marks if mark.name == "parametrize").args[1]

    assert functions == {function for function, _ in cases}


def test_no_role_can_scan_any_table(stack):
    resources = stack.deployment.resources
    tables = [physical for name, physical in resources.items() if name.endswith("Table")]
    roles = [name.removesuffix("Role") for name in resources if name.endswith("FunctionRole")]
    assert tables
    assert roles

    scanned = []
    for role in roles:
        client = stack.aws("dynamodb", **stack.role_credentials(role))
        scanned += [(role, table) for table in tables if allowed(client.scan, TableName=table)]

    assert scanned == []


def test_the_outbox_delivers_what_it_could_not_deliver_at_first(stack):
    """The stand-in heeds a partial failure of a stream's batch: see tests/local/standin.py."""
    role = stack.deployment.resources["OutboxFunctionRole"]
    iam = stack.aws("iam")
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    mapping = stack.deployment.resources["JobsMapping"]
    functions = stack.aws("lambda")
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    iam.delete_role_policy(RoleName=role, PolicyName=policy)
    try:
        job = {name: {"S": "none"} for name in ("providerId", "organizationId")}
        row = {"outboxId": {"S": "lost?"}, "job": {"M": job}}
        stack.aws("dynamodb").put_item(
            TableName=stack.deployment.resources["OutboxTable"], Item=row
        )
        until(lambda: "outbox.failed" in stack.logs())
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
    try:
        until(lambda: waiting(stack) == 1)
    finally:
        stack.aws("sqs").purge_queue(QueueUrl=stack.deployment.outputs["JobsQueueUrl"])
        functions.update_event_source_mapping(UUID=mapping, Enabled=True)


def waiting(stack):
    counted = stack.aws("sqs").get_queue_attributes(
        QueueUrl=stack.deployment.outputs["JobsQueueUrl"],
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    return int(counted["Attributes"]["ApproximateNumberOfMessages"])


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.05)
