"""Whose data of each provider is synced in tests of every resource, and how a change shows."""

from hub import providers

ACCOUNTS = {
    "slack": "Ada's Bakery",
    "google": "ada@example.org",
    "zoom": "ada@example.org",
    "notion": "bakery-ada",
    "asana": "ada@example.org",
    "github": "ada-byron",
    "jira": "grace@example.org@initech",
    "trello": "adabyron",
    "microsoft": "ada@contoso.example",
    "linear": "Ada's Bakery: ada@example.org",
}
RESOURCES = [
    (provider.id, resource.id)
    for provider in providers.everything()
    for resource in provider.load_sync().resources
]
# What is granted only if it was asked for.
OPTIONAL = {("microsoft", "users"): ["User.Read.All"]}
NEVER_GRANTED = {("zoom", "users")}  # for administrators, who have no part in the play
# What a workspace has and Slack does not show to the app.
UNSEEN = {"slack": 1}
CHANGED = {
    ("zoom", "meetings"): {"topic": "Changed"},
    ("google", "calendar_events"): {"summary": "Changed"},
    ("github", "repositories"): {"full_name": "globex/changed"},
    ("github", "issues"): {"title": "Changed"},
    ("microsoft", "calendar_events"): {"subject": "Changed"},
    ("microsoft", "users"): {"displayName": "Changed"},
    ("jira", "issues"): {"summary": "Changed"},
    ("linear", "issues"): {"title": "Changed"},
    ("google", "contacts"): {"names": [{"displayName": "Changed"}]},
}
