"""The scopes that can be asked for, in the words of Atlassian's consent page.

Source: developer.atlassian.com/cloud/jira/platform/scopes-for-oauth-2-3LO-and-forge-apps.
`offline_access` is in no table there: it is the page on OAuth that names it.
"""

OFFLINE = "offline_access"
SCOPES = {
    "read:me": "View user profile",
    "read:jira-work": "View Jira issue data",
    "write:jira-work": "Create and manage issues",
    "read:jira-user": "View user profiles",
    "manage:jira-project": "Manage project settings",
    "manage:jira-configuration": "Manage Jira global settings",
    "manage:jira-webhook": "Manage Jira webhooks",
    OFFLINE: "Stay connected while you are away",
}
