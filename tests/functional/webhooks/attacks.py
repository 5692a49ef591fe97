"""The table of attacks: what was tried on each provider's webhooks and what was answered, collected
while the tests run and written to build/webhook-attacks.json.

    python -m tests.functional.webhooks.attacks        prints it
"""

import json
import sys
from collections.abc import Mapping

from tests.template import ROOT

RESULT = ROOT / "build" / "webhook-attacks.json"

type Table = dict[str, dict[str, str]]

_tried: dict[str, dict[str, set[str]]] = {}


def note(attack: str, provider: str, outcome: object) -> None:
    """Note how an attack ended; the ends of several of one kind stand together."""
    _tried.setdefault(attack, {}).setdefault(provider, set()).add(str(outcome))


def write() -> None:
    """Add to the file what was tried since the start."""
    if not _tried:
        return
    found: Table = json.loads(RESULT.read_text()) if RESULT.is_file() else {}
    for attack, row in _tried.items():
        told = {provider: " or ".join(sorted(ends)) for provider, ends in row.items()}
        found.setdefault(attack, {}).update(told)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def as_table(tried: Mapping[str, Mapping[str, str]]) -> str:
    """Set it as Markdown."""
    providers = sorted({provider for row in tried.values() for provider in row})
    rows = [
        ["attack", *providers],
        ["---", *("---" for _ in providers)],
        *(
            [attack, *(row.get(provider, "-") for provider in providers)]
            for attack, row in sorted(tried.items())
        ),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    if not RESULT.is_file():
        sys.exit("Nothing was tried yet: pytest tests/functional/webhooks does it.")
    print(as_table(json.loads(RESULT.read_text())))
