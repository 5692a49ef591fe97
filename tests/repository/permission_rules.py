"""What each function may do (AW-16, TS-04, TS-16), rule by rule, read from template.yaml.

A rule yields a sentence for each breach.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.template import Resource, functions, resources

MAY_GENERATE = {"ConnectFunction", "CallbackFunction"}
REFRESHES = {
    "ActionsFunction",
    "RefreshFunction",
    "AccessTokenFunction",
    "RefreshWorkerFunction",
    "SyncWorkerFunction",
}
MAY_DECRYPT = {"CallbackFunction", "DisconnectFunction", "JobsWorkerFunction", *REFRESHES}
MAY_DESTROY = {"WebhookWorkerFunction"}  # what a provider wants erased, and nothing else of it
MAY_SEE_HOLDERS = {"CallbackFunction", "DisconnectFunction", "JobsWorkerFunction"}
PURPOSES = {
    ("ConnectFunction", "kms:GenerateDataKey"): {"oauth-state"},
    ("CallbackFunction", "kms:GenerateDataKey"): {"credentials", "external-accounts"},
    ("CallbackFunction", "kms:Decrypt"): {"credentials", "external-accounts", "oauth-state"},
    ("DisconnectFunction", "kms:Decrypt"): {"credentials"},
    ("JobsWorkerFunction", "kms:Decrypt"): {"credentials"},
    **{(name, "kms:Decrypt"): {"credentials"} for name in REFRESHES},
}
ARN = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:"
PROVIDERS = ARN % "ssm" + "parameter/targetym/${Stage}/providers/*"
WILDCARDS = {PROVIDERS, "${OutboxTable.Arn}/stream/*"}
READS = {"dynamodb:BatchGetItem", "dynamodb:Query"}
CHANGES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
# What hub.store.database asks for, and what reading a stream takes.
USED = READS | CHANGES | {"dynamodb:ConditionCheckItem"}
STREAMED = {
    f"dynamodb:{action}"
    for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
}
SENDS = ("kms:", "sqs:", "events:", "sns:")
DUE_INDEX = "${CredentialsTable.Arn}/index/refreshes"
SYNC_INDEX = "${IntegrationsTable.Arn}/index/syncs"
# What one of those that refresh may do besides: of an action that repeats nothing, of the queue it
# reads, and of tokens that nobody needs any more.
OWN = {
    "ActionsFunction": {(action, "IdempotencyTable.Arn") for action in READS | CHANGES},
    "RefreshWorkerFunction": {
        ("sqs:ReceiveMessage", "RefreshQueue.Arn"),
        ("sqs:DeleteMessage", "RefreshQueue.Arn"),
        ("sqs:ChangeMessageVisibility", "RefreshQueue.Arn"),
        ("sqs:GetQueueAttributes", "RefreshQueue.Arn"),
        ("dynamodb:DeleteItem", "CredentialsTable.Arn"),
        ("dynamodb:DeleteItem", "KeysTable.Arn"),
    },
    "SyncWorkerFunction": {
        ("sqs:ReceiveMessage", "SyncQueue.Arn"),
        ("sqs:DeleteMessage", "SyncQueue.Arn"),
        ("sqs:ChangeMessageVisibility", "SyncQueue.Arn"),
        ("sqs:GetQueueAttributes", "SyncQueue.Arn"),
        ("sqs:SendMessage", "SyncQueue.Arn"),
        ("dynamodb:ConditionCheckItem", "IntegrationsTable.Arn"),
        ("dynamodb:BatchGetItem", "WebhooksTable.Arn"),
        ("dynamodb:UpdateItem", "WebhooksTable.Arn"),
        ("dynamodb:PutItem", "SyncLogsTable.Arn"),
        ("dynamodb:BatchGetItem", "RecordsTable.Arn"),
        ("dynamodb:PutItem", "RecordsTable.Arn"),
        ("dynamodb:Query", "${RecordsTable.Arn}/index/modified"),
        *((action, "SyncsTable.Arn") for action in READS | {"dynamodb:PutItem"}),
        ("dynamodb:DeleteItem", "SyncsTable.Arn"),
    },
}


@dataclass(frozen=True)
class Grant:
    function: str
    effect: str
    action: str
    resource: str
    condition: Any


def grants(template: Resource) -> list[Grant]:
    """Return what the policies say, one action on one resource at a time."""
    return [
        Grant(name, statement["Effect"], action, _text(resource), statement.get("Condition"))
        for name, own in functions(template).items()
        for policy in own.get("Policies", [])
        for statement in _statements(policy)
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    ]


def roles_are_own_and_explicit(template: Resource) -> Iterator[str]:
    """SAM makes a role of its own for a function that names none, out of its Policies."""
    for name, own in functions(template).items():
        if "Role" in own:
            yield f"{name} shares a role"
        for policy in own.get("Policies", []):
            if not _statements(policy):
                yield f"{name} has a policy that is not spelled out: {policy}"
        kinds = {event["Type"] for event in own.get("Events", {}).values()}
        if kinds - {"HttpApi", "ScheduleV2"}:  # a schedule's role is the schedule's
            yield f"{name} gets a managed policy with its event source"
    for name in resources("AWS::IAM::ManagedPolicy", template):
        yield f"{name} can be attached to several roles"


def nothing_is_granted_by_wildcard(template: Resource) -> Iterator[str]:
    for grant in grants(template):
        unused = grant.action.startswith("dynamodb:") and grant.action not in USED | STREAMED
        if "*" in grant.action or unused:
            yield f"{grant.function} may {grant.action}"
        if grant.effect == "Allow" and "*" in grant.resource and grant.resource not in WILDCARDS:
            yield f"{grant.function} may {grant.action} on {grant.resource}"


def secrets_are_for_few(template: Resource) -> Iterator[str]:
    allowed = {
        "kms:GenerateDataKey": MAY_GENERATE,
        "kms:Decrypt": MAY_DECRYPT,
        "CredentialsTable": MAY_DECRYPT,
        "KeysTable": MAY_DECRYPT,
        "ExternalAccountsTable": MAY_SEE_HOLDERS,
    }
    for grant in _allowed(template):
        table = grant.resource.removesuffix(".Arn")
        if grant.action.startswith("kms:") and grant.action not in allowed:
            yield f"{grant.function} may {grant.action}"
        ends = {"dynamodb:DeleteItem", "dynamodb:UpdateItem"}
        erases = grant.action in ends and grant.function in MAY_DESTROY
        for subject in (grant.action, *(() if erases else (table,))):
            if grant.function not in allowed.get(subject, {grant.function}):
                yield f"{grant.function} may {grant.action} on {table}"
        if grant.action.startswith("kms:") and grant.resource != "MasterKey.Arn":
            yield f"{grant.function} may use {grant.resource}"


def whoever_refreshes_may_do_the_same(template: Resource) -> Iterator[str]:
    """The engine is one: what one of its functions may not do fails in that one alone, and only
    when a provider's answer is in its hands.
    """
    engine = {
        name: {
            (grant.action, grant.resource)
            for grant in _allowed(template)
            if grant.function == name and (grant.action, grant.resource) not in OWN.get(name, ())
        }
        for name in REFRESHES
    }
    common = set.intersection(*engine.values())
    for name, found in engine.items():
        if found != common:
            yield f"{name}: {sorted(found - common)}"


def dispatchers_see_times_alone(template: Resource) -> Iterator[str]:
    """TS-16: they run through everybody's rows, by indexes without what is secret. A sync is
    claimed in the integration's item.
    """
    expected = {
        "RefreshDispatcherFunction": {
            ("dynamodb:Query", DUE_INDEX),
            ("dynamodb:BatchGetItem", "ProviderHealthTable.Arn"),
            ("sqs:SendMessage", "RefreshQueue.Arn"),
        },
        "SyncDispatcherFunction": {
            ("dynamodb:Query", SYNC_INDEX),
            ("dynamodb:UpdateItem", "IntegrationsTable.Arn"),
            ("dynamodb:BatchGetItem", "ProviderHealthTable.Arn"),
            ("sqs:SendMessage", "SyncQueue.Arn"),
        },
    }
    for grant in _allowed(template):
        of = expected.get(grant.function)
        if of is not None and (grant.action, grant.resource) not in of:
            yield f"the dispatcher may {grant.action} on {grant.resource}"
        if of is None and grant.resource in {DUE_INDEX, SYNC_INDEX}:
            yield f"{grant.function} may look through everybody's rows"


def the_ledger_only_grows(template: Resource) -> Iterator[str]:
    """GD-03: no role of ours can change or take back an entry."""
    for grant in _allowed(template):
        if grant.resource == "ConsentsTable.Arn" and grant.action != "dynamodb:PutItem":
            yield f"{grant.function} may {grant.action} on the ledger"


def the_list_cannot_decrypt(template: Resource) -> Iterator[str]:
    """The key policy of aws/ssm lets whoever may read a parameter decrypt it."""
    key = ARN % "kms" + "key/*"
    denied = {(g.function, g.action, g.resource) for g in grants(template) if g.effect == "Deny"}
    for grant in _allowed(template):
        unread = grant.action == "ssm:GetParameters"
        if unread and (grant.function, "kms:Decrypt", key) not in denied:
            yield f"{grant.function} may read secrets where it should see names"


def the_operator_reaches_handshakes_alone(template: Resource) -> Iterator[str]:
    """Of the table that holds everybody's subscriptions, only what is of nobody's integration."""
    for grant in _allowed(template):
        if grant.function != "OperatorFunction" or grant.resource != "WebhooksTable.Arn":
            continue
        keys = (grant.condition or {}).get("ForAllValues:StringEquals", {})
        named = _listed(keys.get("dynamodb:LeadingKeys", []))
        if not named or not all(re.fullmatch("webhook#[a-z]+", key) for key in named):
            yield f"the operator may {grant.action} on other rows than handshakes"


def keys_need_their_context(template: Resource) -> Iterator[str]:
    """TS-04: tried with IAM's own semantics, a missing key and a third key included."""
    for grant in _allowed(template):
        if not grant.action.startswith("kms:"):
            continue
        purposes = PURPOSES.get((grant.function, grant.action), set())
        for purpose in ("credentials", "external-accounts", "oauth-state", "exports"):
            context = {"organization": "acme", "purpose": purpose}
            if permits(grant.condition, context) is not (purpose in purposes):
                yield f"{grant.function}: {grant.action} for {purpose}"
            short = [{}, {"purpose": purpose}, {"organization": "", "purpose": purpose}]
            for other in [*short, {"organization": "acme"}, {**context, "person": "ada"}]:
                if permits(grant.condition, other):
                    yield f"{grant.function}: {grant.action} with {other}"


def permits(condition: Any, context: dict[str, str]) -> bool:
    """Evaluate a condition on an encryption context.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    A plain operator is false where its key is missing; ForAllValues is true for no value at all.
    """
    prefix = "kms:EncryptionContext:"
    for operator, keys in (condition or {}).items():
        for key, wanted in keys.items():
            if operator == "ForAllValues:StringEquals" and key == "kms:EncryptionContextKeys":
                holds = set(context) <= set(_listed(wanted))
            elif operator in ("StringEquals", "StringLike") and key.startswith(prefix):
                given = context.get(key.removeprefix(prefix))
                holds = given is not None and _matches(operator, given, _listed(wanted))
            else:
                raise AssertionError(f"unknown condition: {operator} {key}")
            if not holds:
                return False
    return True


def _matches(operator: str, given: str, wanted: list[str]) -> bool:
    if operator == "StringLike":
        return any(fnmatchcase(given, pattern) for pattern in wanted)
    return given in wanted


def variables_match_permissions(template: Resource) -> Iterator[str]:
    """A function knows the tables, queue and key that it may use, and no others."""
    for name, own in functions(template).items():
        known = {
            _text(value).removesuffix(".Arn")
            for variable, value in own["Environment"]["Variables"].items()
            if variable.endswith(("_TABLE", "_KEY_ID", "_QUEUE_URL", "_BUS", "_TOPIC"))
        }
        usable = {
            _bearer(grant.resource)
            for grant in _allowed(template)
            if grant.function == name
            and (grant.action in READS | CHANGES or grant.action.startswith(SENDS))
        } - {"JobsDeadLetterQueue"}  # written to by the event source mapping
        if known != usable:
            yield f"{name}: {sorted(known ^ usable)}"


def _bearer(resource: str) -> str:
    """Return the logical id of what a resource is or belongs to."""
    return resource.removeprefix("${").partition(".")[0]


RULES = (
    roles_are_own_and_explicit,
    nothing_is_granted_by_wildcard,
    secrets_are_for_few,
    whoever_refreshes_may_do_the_same,
    dispatchers_see_times_alone,
    the_ledger_only_grows,
    the_list_cannot_decrypt,
    the_operator_reaches_handshakes_alone,
    keys_need_their_context,
    variables_match_permissions,
)


def _allowed(template: Resource) -> list[Grant]:
    return [grant for grant in grants(template) if grant.effect == "Allow"]


def _statements(policy: Any) -> list[Resource]:
    if isinstance(policy, dict) and "Fn::If" in policy:
        return [each for branch in policy["Fn::If"][1:] for each in _statements(branch)]
    return policy.get("Statement", []) if isinstance(policy, dict) else []


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(resource: Any) -> str:
    if isinstance(resource, str):
        return resource
    if "Fn::GetAtt" in resource:
        return ".".join(resource["Fn::GetAtt"])
    return str(resource.get("Fn::Sub") or resource.get("Ref"))
