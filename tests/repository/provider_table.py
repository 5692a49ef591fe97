"""The README's table of providers, made from their declarations: `make readme`."""

from pathlib import Path
from typing import Final

from hub import providers
from hub.providers._provider import Provider
from hub.providers._values import ActsAs, RefreshRule, RevocationScope
from tests.template import ROOT

README: Final = ROOT / "README.md"
BEGIN: Final = "<!-- providers: made by `make readme` -->"
END: Final = "<!-- /providers -->"
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
MINUTE: Final = 60
TO_COME: Final = "to come"
REVOCATION: Final = {
    RevocationScope.TOKEN: "this connection",
    RevocationScope.GRANT: "the person's whole grant",
    RevocationScope.INSTALLATION: "the installation",
    RevocationScope.NONE: "nothing: it offers no revocation",
}


def table() -> str:
    rows = [COLUMNS, ("---",) * len(COLUMNS), *map(_row, providers.everything())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(provider: Provider) -> tuple[str, ...]:
    return (
        provider.name,
        "app" if provider.acts_as is ActsAs.APP else "person",
        "S256" if provider.pkce else "not taken",
        provider.account,
        _refresh(provider.refresh),
        REVOCATION[provider.revocation_scope],
        ", ".join(action.id for action in provider.actions),
        TO_COME,
        TO_COME,
    )


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


def written(readme: str) -> str:
    """Give the README with the table as it should be."""
    before, _, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"The README has no place for the table: {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def write(path: Path = README) -> None:
    path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
