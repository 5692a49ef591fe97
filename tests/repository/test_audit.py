"""`make check` never takes an audit that did not happen for one that found nothing."""

import json

import pytest

from tests.repository.audit import judge

CLEAN = {"name": "requests", "version": "2.34.2", "vulns": []}
SKIPPED = {"name": "urllib3", "skip_reason": "not found"}
VULNERABLE = {**CLEAN, "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.34.3"]}]}


def _said(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": packages})


@pytest.mark.parametrize(
    ("stdout", "stderr", "passed", "word"),
    [
        (_said(CLEAN), "", True, "nothing known"),
        (_said(CLEAN, VULNERABLE), "", False, "PYSEC-2026-1"),
        (_said(SKIPPED, VULNERABLE), "", False, "PYSEC-2026-1"),
        (_said(SKIPPED, SKIPPED), "", True, "skipped"),
        (_said(CLEAN, SKIPPED), "", False, "urllib3"),
        ("", "requests.exceptions.ConnectionError: ...", True, "skipped"),
        ("", "ValueError: no such option", False, "no such option"),
    ],
)
def test_the_verdict_says_what_happened(stdout: str, stderr: str, passed: bool, word: str):
    verdict = judge(stdout, stderr)

    assert verdict.passed is passed
    assert word in verdict.sentence
