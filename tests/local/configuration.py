"""What a person may ask of `make run`: the environment, then .env.local, checked before anything.

Each mistake is one sentence that names the variable, never its value.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.local.errors import ConfigurationError

PROVIDERS = (
    "slack",
    "google",
    "microsoft",
    "asana",
    "notion",
    "linear",
    "jira",
    "github",
    "zoom",
    "trello",
)
DEFAULT_PORT = 4500
# Suffix of the variable -> name in the provider's SSM parameter.
_OVERRIDES = {
    "_AUTHORIZATION_URL": "authorizationUrl",
    "_TOKEN_URL": "tokenUrl",
    "_REVOCATION_URL": "revocationUrl",
    "_API_URL": "apiUrl",
}
# Variables that one provider alone has -> name in its SSM parameter.
_SETTINGS = {
    "google": {
        "GOOGLE_PUBSUB_TOPIC": "pubsubTopic",
        "GOOGLE_PUBSUB_AUDIENCE": "pubsubAudience",
        "GOOGLE_PUBSUB_SERVICE_ACCOUNT": "pubsubServiceAccount",
    },
    "microsoft": {"MICROSOFT_TENANT": "tenant"},
    "github": {"GITHUB_APP_SLUG": "appSlug", "GITHUB_WEBHOOK_SECRET": "webhookSecret"},
    "slack": {"SLACK_SIGNING_SECRET": "webhookSecret"},
    "linear": {"LINEAR_WEBHOOK_SECRET": "webhookSecret"},
    "notion": {"NOTION_WEBHOOK_SECRET": "webhookSecret"},
    "zoom": {"ZOOM_WEBHOOK_SECRET": "webhookSecret"},
    "trello": {"TRELLO_WEBHOOK_SECRET": "webhookSecret"},
}
_SUFFIXES = ("_CLIENT_ID", "_CLIENT_SECRET", *_OVERRIDES)
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_LARGEST_PORT = 65535


@dataclass(frozen=True, kw_only=True)
class ProviderApp:
    """Our registration with one provider, as its SSM parameter holds it."""

    client_id: str
    client_secret: str = field(repr=False)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)

    def parameter(self) -> dict[str, str]:
        return {
            "clientId": self.client_id,
            "clientSecret": self.client_secret,
            **self.endpoints,
            **self.settings,
        }


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """`providers` are the real ones: whoever is not among them is played by the simulator."""

    port: int = DEFAULT_PORT
    keep: bool = False
    providers: Mapping[str, ProviderApp] = field(default_factory=dict)


def read(environment: Mapping[str, str], file: Path) -> Configuration:
    """The environment wins over the file; an empty value is as good as none."""
    written = parse(file)
    for name in written:
        _refuse_unknown_provider(name, file)
    values = {name: value for name, value in {**written, **environment}.items() if value}
    if "INTEGRATION_ENCRYPTION_KEY" in values:
        raise ConfigurationError(
            "INTEGRATION_ENCRYPTION_KEY is set, but KMS replaces it: "
            "remove it, keys are made and kept by the KMS master key."
        )
    apps = {provider: _app(provider, values) for provider in PROVIDERS}
    return Configuration(
        port=_port(values.get("PORT")),
        keep=_keep(values.get("KEEP")),
        providers={provider: app for provider, app in apps.items() if app},
    )


def parse(file: Path) -> dict[str, str]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file.name} cannot be read as UTF-8 text.") from error
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        where = f"{file.name} line {number}"
        matched = _LINE.fullmatch(stripped)
        if matched is None:
            raise ConfigurationError(f"{where}: expected NAME=value.")
        name, value = matched.groups()
        if name in values:
            raise ConfigurationError(f"{where}: {name} is set a second time.")
        values[name] = _unquoted(value, where)
    return values


def _unquoted(value: str, where: str) -> str:
    if value[:1] not in {'"', "'"}:
        return value.partition(" #")[0].strip()
    content, quote, rest = value[1:].partition(value[0])
    if not quote or (rest.strip() and not rest.strip().startswith("#")):
        raise ConfigurationError(f"{where}: the quotes do not enclose the whole value.")
    return content


def _refuse_unknown_provider(name: str, file: Path) -> None:
    # Only in our own file: other tools may have their own X_CLIENT_ID in the environment.
    for suffix in _SUFFIXES:
        provider = name.removesuffix(suffix)
        if provider != name and provider.lower() not in PROVIDERS:
            known = ", ".join(PROVIDERS)
            raise ConfigurationError(f"{file.name}: {name} names no provider we know ({known}).")


def _app(provider: str, values: Mapping[str, str]) -> ProviderApp | None:
    prefix = provider.upper()
    settings = _SETTINGS.get(provider, {})
    names = [*(f"{prefix}{suffix}" for suffix in _SUFFIXES), *settings]
    given = [name for name in names if name in values]
    if not given:
        return None
    for required in (f"{prefix}_CLIENT_ID", f"{prefix}_CLIENT_SECRET"):
        if not values.get(required, "").strip():
            raise ConfigurationError(
                f"{given[0]} is set but {required} is not: set both {prefix}_CLIENT_ID and "
                f"{prefix}_CLIENT_SECRET for the real {provider}, or neither for the simulator."
            )
    return ProviderApp(
        client_id=values[f"{prefix}_CLIENT_ID"].strip(),
        client_secret=values[f"{prefix}_CLIENT_SECRET"].strip(),
        endpoints={
            key: _url(f"{prefix}{suffix}", values[f"{prefix}{suffix}"])
            for suffix, key in _OVERRIDES.items()
            if f"{prefix}{suffix}" in values
        },
        settings={key: values[name].strip() for name, key in settings.items() if name in values},
    )


def _url(name: str, value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.username is not None or parts.fragment or not value.isprintable():
        raise ConfigurationError(f"{name} is not a URL like https://host/path.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ConfigurationError(f"{name} must be https; http is for this machine only.")
    return value


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _port(value: str | None) -> int:
    if value is None:
        return DEFAULT_PORT
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= _LARGEST_PORT):
        raise ConfigurationError(f"PORT must be a number from 1 to {_LARGEST_PORT}.")
    return int(value)


def _keep(value: str | None) -> bool:
    if value not in {None, "0", "1"}:
        raise ConfigurationError("KEEP must be 1 to keep the state for the next run, or 0.")
    return value == "1"
