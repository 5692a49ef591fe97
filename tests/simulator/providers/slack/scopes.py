"""The scopes of Slack that can be asked for, in the words of its consent page.

Sign-in-with-Slack scopes are left out: they cannot be mixed with these in one flow.
Source: docs.slack.dev/reference/scopes.
"""

BOT_SCOPES = {
    "app_mentions:read": "See messages that mention it",
    "channels:history": "Read messages in public channels it has been added to",
    "channels:join": "Join public channels",
    "channels:manage": "Create and manage public channels",
    "channels:read": "See basic information about public channels",
    "chat:write": "Send messages as itself",
    "chat:write.public": "Send messages to public channels it has not joined",
    "files:read": "See files shared in channels it has been added to",
    "groups:history": "Read messages in private channels it has been added to",
    "groups:read": "See basic information about private channels it has been added to",
    "groups:write": "Create and manage private channels",
    "im:history": "Read direct messages sent to it",
    "im:write": "Start direct messages",
    "reactions:read": "See emoji reactions",
    "team:read": "See the name, domain and icon of the workspace",
    "users:read": "See the people in the workspace",
    "users:read.email": "See the email addresses of people in the workspace",
}
USER_SCOPES = {
    "channels:history": "Read your messages in public channels",
    "channels:read": "See basic information about your public channels",
    "channels:write": "Manage your public channels, and create new ones",
    "chat:write": "Send messages on your behalf",
    "groups:read": "See basic information about your private channels",
    "groups:write": "Manage your private channels, and create new ones",
    "search:read": "Search the content of the workspace as you",
    "users:read": "See the people in your workspace",
    "users:read.email": "See the email addresses of people in your workspace",
}
