"""Changes of template.yaml that the rules for webhooks must catch, as in `breaches`."""

STATEMENT = "{}.Policies.0.Statement.{}.{}"
CREDENTIALS = {"Fn::GetAtt": ["CredentialsTable", "Arn"]}
INGRESS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/targetym/*"

BREACHES = [
    ("a_provider_does_not_wait", "SlackWebhookFunction.Environment.Variables.HASTY", None),
    ("a_provider_does_not_wait", "ZoomWebhookFunction.Timeout", 10),
    ("a_provider_does_not_wait", "TrelloWebhookFunction.ReservedConcurrentExecutions", 5),
    (
        "whoever_takes_in_only_queues",
        STATEMENT.format("SlackWebhookFunction", 0, "Action"),
        ["sqs:SendMessage", "kms:Decrypt"],
    ),
    (
        "whoever_takes_in_only_queues",
        STATEMENT.format("AsanaWebhookFunction", 2, "Action"),
        ["dynamodb:BatchGetItem", "dynamodb:PutItem"],
    ),
    (
        "whoever_takes_in_only_queues",
        STATEMENT.format("AsanaWebhookFunction", 2, "Resource"),
        CREDENTIALS,
    ),
    (
        "whoever_takes_in_only_queues",
        STATEMENT.format("GitHubWebhookFunction", 1, "Resource"),
        {"Fn::Sub": INGRESS},
    ),
    (
        "whoever_hears_reads_no_secret",
        STATEMENT.format("WebhookWorkerFunction", 0, "Resource"),
        CREDENTIALS,
    ),
    (
        "whoever_hears_reads_no_secret",
        STATEMENT.format("WebhookDispatcherFunction", 0, "Action"),
        ["dynamodb:Query", "dynamodb:Scan"],
    ),
    ("forgeries_are_seen", "WebhooksRefusedAlarm.Metrics.1", {"Id": "unset", "Expression": "0"}),
    ("forgeries_are_seen", "WebhooksRefusedAlarm.Metrics.2", {"Id": "refused", "Expression": "0"}),
]
