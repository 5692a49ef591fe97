"""A Python as a function has it on Lambda: its own folder, the built layers, and what the runtime
brings, which is the development environment's boto3.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import template
from tests.artefacts.check import BUILD, link_runtime

INSIDE = (Path(__file__).parent / "inside.py").read_text(encoding="utf-8")
REGION = {
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}


@dataclass(frozen=True)
class Artefacts:
    runtime: Path

    def layers(self) -> list[Path]:
        return [BUILD / name / "python" for name in layer_names()]

    def code_of(self, function: str) -> Path:
        return BUILD / template.function_names()[function]

    def command(self, function: str | None, code: str, *arguments: str) -> list[str]:
        """Give what runs the code where `import app` is the function's, with None no function's.

        Without `-I`, which would ignore PYTHONHASHSEED.
        """
        own = [self.code_of(function)] if function else []
        paths = [str(path) for path in (*own, *self.layers(), self.runtime)]
        prelude = f"import sys\nsys.path[:0] = {paths!r}\n"
        return [sys.executable, "-s", "-S", "-P", "-c", prelude + code, *arguments]

    def environment(self, function: str | None) -> dict[str, str]:
        """Give the variables that the template sets, and no others of this process."""
        if function is None:
            return dict(REGION)
        properties = template.functions()[template.function_names()[function]]
        return {**template.example_environment(properties), **REGION}


def layer_names() -> list[str]:
    return [*template.resources("AWS::Serverless::LayerVersion")]


@contextmanager
def artefacts() -> Iterator[Artefacts]:
    with tempfile.TemporaryDirectory() as folder:
        link_runtime(Path(folder))
        yield Artefacts(Path(folder))


def run(
    command: Sequence[str], environment: Mapping[str, str], given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run to the end. Raises RuntimeError with what it wrote if it fails."""
    ran = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], **environment},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{ran.stderr}")
    return ran
