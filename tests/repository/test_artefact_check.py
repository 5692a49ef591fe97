"""The check of what was built fails where Lambda would."""

import compileall
from pathlib import Path
from py_compile import PycInvalidationMode

import pytest

from tests.artefacts import sourceless
from tests.artefacts.check import problems

FUNCTION = {"Environment": {"Variables": {"STAGE": {"Ref": "Stage"}}}}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    (tmp_path / "Layer/python/shipped").mkdir(parents=True)
    (tmp_path / "Layer/python/shipped/__init__.py").write_text("")
    (tmp_path / "Function").mkdir()
    return tmp_path


def _check(build: Path, app: str, mode: PycInvalidationMode | None) -> list[str]:
    (build / "Function/app.py").write_text(app)
    if mode is not None:
        compileall.compile_dir(build, quiet=2, invalidation_mode=mode)
    return list(problems(build, {"Function": FUNCTION}, ["Layer"]))


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("import boto3, shipped\ndef handler(event, context): ...\n", ""),
        ("import os\nassert os.environ['STAGE']\nhandler = print\n", ""),
        ("import pytest\nhandler = print\n", "No module named 'pytest'"),
        ("import yaml\nhandler = print\n", "No module named 'yaml'"),
        ("import tests.template\nhandler = print\n", "No module named 'tests'"),
        ("import os\nos.environ['AWS_PROFILE']\nhandler = print\n", "KeyError"),
        ("lambda_handler = print\n", "has no attribute 'handler'"),
    ],
)
def test_a_handler_may_use_only_what_is_shipped(build: Path, app: str, expected: str):
    found = "".join(_check(build, app, PycInvalidationMode.UNCHECKED_HASH))

    assert expected in found
    assert bool(expected) is bool(found)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(None, "no bytecode"), (PycInvalidationMode.TIMESTAMP, "whose date Lambda changes")],
)
def test_bytecode_must_be_there_and_be_taken_as_it_is(
    build: Path, mode: PycInvalidationMode | None, expected: str
):
    assert expected in "".join(_check(build, "handler = print\n", mode))


def test_the_runtime_s_own_packages_are_not_shipped(build: Path):
    (build / "Layer/python/boto3").mkdir()

    found = _check(build, "handler = print\n", PycInvalidationMode.UNCHECKED_HASH)

    assert found == ["Layer ships boto3"]


def test_a_layer_without_sources_works_and_names_its_lines(build: Path):
    module = build / "Layer/python/shipped/deep.py"
    module.write_text('"""Said to readers."""\n\n\ndef fail():\n    raise KeyError\n')
    sourceless.strip(build / "Layer/python")

    assert list((build / "Layer").rglob("*.py")) == []
    app = (
        "import traceback\nfrom shipped import deep\nassert deep.__doc__ is None\n"
        "try:\n    deep.fail()\nexcept KeyError as error:\n"
        "    frame = traceback.extract_tb(error.__traceback__)[-1]\n"
        "assert (frame.filename, frame.lineno) == ('/opt/python/shipped/deep.py', 5), frame\n"
        "handler = print\n"
    )
    (build / "Function/app.py").write_text(app)
    mode = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(build / "Function", quiet=2, invalidation_mode=mode)
    assert list(problems(build, {"Function": FUNCTION}, ["Layer"])) == []


def test_a_layer_that_does_not_compile_keeps_its_sources(build: Path):
    broken = build / "Layer/python/shipped/broken.py"
    broken.write_text("def")

    with pytest.raises(RuntimeError):
        sourceless.strip(build / "Layer/python")
    assert broken.exists()
