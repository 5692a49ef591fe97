"""The scopes that can be asked for, in the words of the consent page.

Quirks: without an address in front a scope is Microsoft Graph's; names are not case-sensitive; a
token names what it is good for as it was asked, with the sign-in scopes behind and without
`offline_access`.

Source: MicrosoftDocs/entra-docs docs/identity-platform/scopes-oidc.md; answers as they came in
AzureAD/microsoft-authentication-library-for-go pull request 445.
"""

from collections.abc import Iterable

RESOURCE = "https://graph.microsoft.com/"
OPENID, PROFILE, EMAIL, OFFLINE = "openid", "profile", "email", "offline_access"
SIGN_IN = {
    OPENID: "Sign you in",
    PROFILE: "View your basic profile",
    EMAIL: "View your email address",
    OFFLINE: "Maintain access to data you have given it access to",
}
ME = "User.Read"
CALENDAR, SEND = "Calendars.ReadWrite", "Mail.Send"
CHANNEL = "ChannelMessage.Send"
FILES, ALL_FILES = "Files.ReadWrite", "Files.ReadWrite.All"
READ_CALENDAR, READ_FILES, READ_PEOPLE = "Calendars.Read", "Files.Read.All", "User.Read.All"
SCOPES = SIGN_IN | {
    ME: "Sign you in and read your profile",
    CALENDAR: "Have full access to your calendars",
    READ_CALENDAR: "Read your calendars",
    SEND: "Send mail as you",
    CHANNEL: "Send channel messages",
    FILES: "Have full access to your files",
    ALL_FILES: "Have full access to all files you have access to",
    "User.ReadBasic.All": "Read all users' basic profiles",
    READ_FILES: "Read all files that you have access to",
    READ_PEOPLE: "Read all users' full profiles",
    "Team.ReadBasic.All": "Read the names and descriptions of teams",
    "Channel.ReadBasic.All": "Read the names and descriptions of channels",
}
_NAMES = {scope.casefold(): scope for scope in SCOPES}


def canonical(scope: str) -> str:
    """The name as Microsoft writes it; what it does not know stays as it is."""
    return _NAMES.get(scope.removeprefix(RESOURCE).casefold(), scope)


def written(scopes: Iterable[str], *, in_full: bool) -> str:
    granted = tuple(scopes)
    front = RESOURCE if in_full else ""
    named = [f"{front}{scope}" for scope in granted if scope not in SIGN_IN]
    return " ".join([*named, *([PROFILE, OPENID, EMAIL] if OPENID in granted else [])])
