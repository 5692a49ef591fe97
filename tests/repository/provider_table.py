"""The README's tables, made from what is declared and counted: `make readme`."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from hub import providers
from hub.providers._provider import Provider
from hub.providers._values import ActsAs, RefreshRule, RevocationScope
from hub.providers._webhooks import Webhooks, no_account
from tests.bench import scale
from tests.template import ROOT

README: Final = ROOT / "README.md"
BEGIN: Final = "<!-- {0}: made by `make readme` -->"
END: Final = "<!-- /{0} -->"
COLUMNS: Final = (
    "provider",
    "connects as",
    "PKCE",
    "one account is a",
    "refresh",
    "disconnecting ends there",
    "actions",
    "webhooks",
    "sync",
)
SCOPES: Final = ("provider", "needed", "optional")
MINUTE: Final = 60
TO_COME: Final = "to come"
REVOCATION: Final = {
    RevocationScope.TOKEN: "this connection",
    RevocationScope.GRANT: "the person's whole grant",
    RevocationScope.INSTALLATION: "the installation",
    RevocationScope.NONE: "nothing: it offers no revocation",
}


def table() -> str:
    return _table(COLUMNS, _row)


def scopes() -> str:
    """What the app registered with each provider must be set up to ask for."""
    return _table(SCOPES, _scopes)


def _table(columns: tuple[str, ...], row: Callable[[Provider], tuple[str, ...]]) -> str:
    rows = [columns, ("---",) * len(columns), *map(row, providers.everything())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _scopes(provider: Provider) -> tuple[str, ...]:
    optional = [scope.id for scope in provider.scopes if not scope.required]
    return provider.name, _listed(provider.required_scopes), _listed(optional)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "none"


def _row(provider: Provider) -> tuple[str, ...]:
    return (
        provider.name,
        "app" if provider.acts_as is ActsAs.APP else "person",
        "S256" if provider.pkce else "not taken",
        provider.account,
        _refresh(provider.refresh),
        REVOCATION[provider.revocation_scope],
        ", ".join(action.id for action in provider.actions),
        _webhooks(provider.load_webhooks()),
        ", ".join(each.id for each in provider.load_sync().resources) or TO_COME,
    )


def _webhooks(webhooks: Webhooks) -> str:
    """Say where it is told what to notify of: in the app's settings, or by us, by API."""
    places = {
        "set up in the app": webhooks.routes is not no_account,
        "asked for by us": webhooks.subscribing is not None,
    }
    return ", ".join(place for place, is_one in places.items() if is_one)


def _refresh(rule: RefreshRule | None) -> str:
    if rule is None:
        return "none"
    words = ["new refresh token each time" if rule.rotates else "keeps its refresh token"]
    if rule.rotates:
        words.append(_grace(rule.grace))
    if rule.idle_days is not None:
        words.append(f"dies after {rule.idle_days} idle days")
    return ", ".join(words)


def _grace(seconds: int | None) -> str:
    if seconds is None:
        return "the old one stays good"
    if seconds == 0:
        return "the old one is spent"
    return f"the old one is taken for {seconds // MINUTE} more minutes"


TABLES: Final = {"providers": table, "scopes": scopes, "scale": scale.table}


def written(readme: str) -> str:
    """Give the README with its tables as they should be."""
    for name, made in TABLES.items():
        begin, end = BEGIN.format(name), END.format(name)
        before, _, rest = readme.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise ValueError(f"The README has no place for the table: {begin} … {end}")
        readme = f"{before}{begin}\n{made()}\n{end}{after}"
    return readme


def write(path: Path = README) -> None:
    path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
