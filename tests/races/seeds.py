"""How many histories are drawn, and from which seed: few in `make test`, as many as wanted under
`make test-faults`. A history is drawn from its own seed alone, which is printed when it fails.
"""

import os
import secrets
from collections.abc import Iterator

WANTED = os.environ.get("HISTORIES", "")
MANY = bool(WANTED)


def seeds(few: int, many: int | None = None) -> Iterator[int]:
    """Give the seeds: SEED and those after it, or some that nobody has had before. `many`: the
    most that are worth their time.
    """
    first = int(os.environ.get("SEED") or secrets.randbits(32))
    number = min(int(WANTED), many or int(WANTED)) if MANY else few
    print(f"SEED={first} HISTORIES={number}")
    yield from range(first, first + number)
