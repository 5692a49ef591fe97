"""`make check`: does a package that we ship have a known vulnerability? Asks pip-audit.

pip-audit exits with 0 also where the service knew none of the packages (a mirror without the
advisories, a proxy that answers 404), and with 1 for a finding as for a lost connection. What it
wrote tells these apart.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

REQUIREMENTS = "layers/dependencies/requirements.txt"
UNREACHABLE = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "SSLError", "Connection aborted")


@dataclass(frozen=True)
class Verdict:
    passed: bool
    sentence: str


def judge(stdout: str, stderr: str) -> Verdict:
    """Say what pip-audit found, or that it could not look."""
    try:
        packages = json.loads(stdout)["dependencies"]
    except ValueError:
        if any(sign in stderr for sign in UNREACHABLE):
            return _SKIPPED
        return Verdict(passed=False, sentence=f"pip-audit failed:\n{stderr}")
    findings = [
        f"{package['name']} {package['version']}: {found['id']}, mended in {found['fix_versions']}"
        for package in packages
        for found in package.get("vulns", [])
    ]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if findings:
        return Verdict(passed=False, sentence="pip-audit found:\n" + "\n".join(findings))
    if len(unknown) == len(packages):
        return _SKIPPED
    if unknown:
        return Verdict(passed=False, sentence=f"pip-audit knows nothing of {', '.join(unknown)}.")
    return Verdict(passed=True, sentence=f"pip-audit: {len(packages)} packages, nothing known.")


_SKIPPED = Verdict(
    passed=True,
    sentence="pip-audit was skipped: its vulnerability service cannot be reached from here.",
)


def main(program: Sequence[str] = (sys.executable, "-m", "pip_audit")) -> int:
    asked = [*program, "--require-hashes", "--disable-pip", "-f", "json", "-r", REQUIREMENTS]
    ran = subprocess.run(asked, capture_output=True, text=True, check=False)
    verdict = judge(ran.stdout, ran.stderr)
    print(verdict.sentence, file=sys.stdout if verdict.passed else sys.stderr)
    return 0 if verdict.passed else 1


if __name__ == "__main__":
    sys.exit(main())
