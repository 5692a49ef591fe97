"""Import every handler from what `sam build` made, and from nothing else.

Each function starts a Python without site-packages and without the repository on its path: its
own folder, the built layers and the packages that Lambda's runtime brings
(https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html). What the layer lacks is
missing here, whatever the development environment holds.
"""

import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests import template

BUILD = template.ROOT / ".aws-sam" / "build"
RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
UNWANTED = ("boto3", "botocore", "pip", "setuptools", "wheel", "aws_xray_sdk", "pytest")
IMPORT = """
import sys
sys.path[:0] = sys.argv[1:]
import app
assert callable(app.handler), "app.handler is not callable"
"""


def problems(build: Path, functions: dict[str, Any], layers: list[str]) -> Iterator[str]:
    """Name whatever of a build would not work, or should not be, in Lambda."""
    paths = [build / layer / "python" for layer in layers]
    for path in paths:
        for name in UNWANTED:
            if (path / name).exists():
                yield f"{path.parent.name} ships {name}"
    yield from _without_bytecode([*paths, *(build / name for name in functions)])
    with tempfile.TemporaryDirectory() as runtime:
        link_runtime(Path(runtime))
        for name, properties in functions.items():
            error = _import(
                build / name, [*paths, Path(runtime)], template.example_environment(properties)
            )
            if error:
                yield f"{name} does not import:\n{error}"


def _without_bytecode(folders: list[Path]) -> Iterator[str]:
    """/opt and /var/task are read-only: without bytecode every cold start compiles everything."""
    for folder in folders:
        for source in folder.rglob("*.py"):
            compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
            if not compiled.is_file():
                yield f"{source} has no bytecode"
            elif compiled.read_bytes()[4:8] != b"\x01\0\0\0":
                yield f"{compiled} is checked against its source, whose date Lambda changes"


def link_runtime(folder: Path) -> None:
    """Put what Lambda's runtime brings into a folder, from the development environment."""
    installed = Path(sysconfig.get_path("purelib"))
    for name in RUNTIME_PACKAGES:
        (folder / name).symlink_to(installed / name)


def _import(function: Path, paths: list[Path], environment: dict[str, str]) -> str:
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORT, str(function), *map(str, paths)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stderr if ran.returncode else ""


def main() -> int:
    if not (BUILD / "template.yaml").is_file():
        print("Nothing is built: run `make build` first.", file=sys.stderr)
        return 1
    functions = template.functions()
    layers = [*template.resources("AWS::Serverless::LayerVersion")]
    found = list(problems(BUILD, functions, layers))
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print(f"{len(functions)} handlers import from the built artefacts alone.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
