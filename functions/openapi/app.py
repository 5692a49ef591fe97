"""GET the OpenAPI 3.1 document of this API, as it was made when this was built.

Imports nothing of ours: the answer is a file, and most of a cold start would be boto3.
"""

from functools import cache
from pathlib import Path
from typing import Any


@cache
def _document() -> str:
    return (Path(__file__).parent / "openapi.json").read_text(encoding="utf-8")


def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "cache-control": "private, max-age=300"},
        "body": _document(),
    }
