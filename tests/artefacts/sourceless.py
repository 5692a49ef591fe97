"""Leaves a built layer its bytecode alone, without docstrings, where Python finds it without the
source beside it: what runs at a cold start is the same, and half of it is left to fetch and unpack.

    python -m tests.artefacts.sourceless .aws-sam/build/HubLayer/python

Tracebacks name files and lines as ever; the lines themselves are in the repository.
"""

import compileall
import shutil
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

IN_LAMBDA = "/opt/python"


def strip(folder: Path) -> None:
    """Compile every module into a file of its own name, and remove the sources.

    Raises RuntimeError if one does not compile: then nothing is removed.
    """
    compiled = compileall.compile_dir(
        folder,
        quiet=1,
        force=True,
        legacy=True,
        optimize=2,  # nothing of ours reads a docstring at run time, or asserts
        stripdir=str(folder),
        prependdir=IN_LAMBDA,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        raise RuntimeError(f"{folder} does not compile.")
    for source in folder.rglob("*.py"):
        source.unlink()
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)


if __name__ == "__main__":
    strip(Path(sys.argv[1]))
