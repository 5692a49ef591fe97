"""The scopes of Google that can be asked for, in the words of its consent page.

Quirks: `email` and `profile` are granted under their long names; either brings `openid` with it;
the answer lists scopes in an order of its own.

Source: developers.google.com/identity/protocols/oauth2/scopes.
"""

from collections.abc import Iterable

AUTH = "https://www.googleapis.com/auth/"
OPENID = "openid"
EMAIL, PROFILE = f"{AUTH}userinfo.email", f"{AUTH}userinfo.profile"
SHORT_NAMES = {"email": EMAIL, "profile": PROFILE}
SIGN_IN = {
    OPENID: "Know who you are on Google",
    EMAIL: "See your primary Google Account email address",
    PROFILE: "See your personal info, including any you have made public",
}
CALENDAR, CALENDAR_EVENTS = f"{AUTH}calendar", f"{AUTH}calendar.events"
DRIVE, DRIVE_FILE = f"{AUTH}drive", f"{AUTH}drive.file"
MAIL, GMAIL_SEND = "https://mail.google.com/", f"{AUTH}gmail.send"
GMAIL_COMPOSE, GMAIL_MODIFY = f"{AUTH}gmail.compose", f"{AUTH}gmail.modify"
SCOPES = SIGN_IN | {
    CALENDAR: "See, edit, share and delete all your calendars",
    CALENDAR_EVENTS: "View and edit events on all your calendars",
    f"{AUTH}calendar.events.readonly": "View events on all your calendars",
    f"{AUTH}calendar.readonly": "See and download any calendar you can access",
    DRIVE: "See, edit, create and delete all of your Google Drive files",
    DRIVE_FILE: "See, edit, create and delete only the Drive files you use with this app",
    f"{AUTH}drive.metadata.readonly": "See information about your Google Drive files",
    f"{AUTH}drive.readonly": "See and download all your Google Drive files",
    MAIL: "Read, compose, send and permanently delete all your email",
    GMAIL_COMPOSE: "Manage drafts and send emails",
    f"{AUTH}gmail.metadata": "View your email message metadata, but not the email content",
    GMAIL_MODIFY: "Read, compose and send emails from your Gmail account",
    f"{AUTH}gmail.readonly": "View your email messages and settings",
    GMAIL_SEND: "Send email on your behalf",
    f"{AUTH}contacts": "See, edit, download and permanently delete your contacts",
    f"{AUTH}contacts.readonly": "See and download your contacts",
    f"{AUTH}directory.readonly": "See and download your organization's directory",
}


def expanded(asked: Iterable[str]) -> list[str]:
    names = [SHORT_NAMES.get(scope, scope) for scope in asked]
    signs_in = not SIGN_IN.keys().isdisjoint(names)
    return list(dict.fromkeys([OPENID, *names] if signs_in else names))


def written(scopes: Iterable[str]) -> str:
    return " ".join(sorted(scopes))
