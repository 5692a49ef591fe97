"""Packages the built template and deploys it into the stand-in, as `sam deploy` does on AWS."""

import hashlib
import io
import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.local import adapt
from tests.local.errors import LocalError

STACK = "targetym-local"
_BUCKET = "targetym-local-artefacts"
_DEPLOY_SECONDS = 120
# Where ministack treats a layer's packages as a site directory, whose .pth files are executed.
_PTH = "python/lib/python3.13/site-packages/layer.pth"


class Deployment:
    """One stack in the stand-in: what went in, and what it was named there."""

    def __init__(
        self, client: Callable[[str], Any], *, build: Path, folder: Path, region: str
    ) -> None:
        self._client = client
        self._build = build
        self._folder = folder
        self._region = region
        self._archives: dict[str, bytes] = {}
        self._template: adapt.Template = {}
        self._parameters: dict[str, str] = {}
        self.resources: Mapping[str, str] = {}
        self.outputs: Mapping[str, str] = {}

    def package(self) -> None:
        """Everything that needs no stand-in yet: reads the template and zips its folders."""
        self._template = adapt.read(self._build / "template.yaml")
        for resource in self._template["Resources"].values():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::Serverless::Function":
                properties["CodeUri"] = self._add(_archive(self._source(properties["CodeUri"])))
            elif resource["Type"] == "AWS::Serverless::LayerVersion":
                layer = self._source(properties["ContentUri"])
                properties["ContentUri"] = self._add(_linked_layer(layer, self._folder))

    def _source(self, name: str) -> Path:
        folder = self._build / name
        if not folder.is_dir():
            raise LocalError(f"{folder} is missing: run `make build` first.")
        return folder

    def _add(self, archive: bytes) -> str:
        key = f"{hashlib.sha256(archive).hexdigest()}.zip"
        self._archives[key] = archive
        return f"s3://{_BUCKET}/{key}"

    def translate(self, parameters: dict[str, str]) -> None:
        self._parameters = parameters
        self._template = adapt.for_stand_in(
            adapt.translate(self._template, parameters, self._region)
        )

    def deploy(self) -> None:
        body = json.dumps(self._template).encode()
        location = self._upload({**self._archives, "template.json": body})
        formation = self._client("cloudformation")
        request = {
            "StackName": STACK,
            "TemplateURL": location,
            "Capabilities": ["CAPABILITY_IAM"],
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in self._parameters.items()
            ],
        }
        try:
            if _exists(formation):
                formation.update_stack(**request)
            else:
                formation.create_stack(**request)
        except ClientError as error:
            message = error.response["Error"]["Message"]
            if "No updates are to be performed" not in message:
                raise LocalError(f"The stand-in refused the stack: {message}") from error
        self._wait(formation)

    def _upload(self, contents: Mapping[str, bytes]) -> str:
        storage = self._client("s3")
        try:
            storage.head_bucket(Bucket=_BUCKET)
        except ClientError:
            where = {"LocationConstraint": self._region}
            storage.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration=where)
        for key, content in contents.items():
            storage.put_object(Bucket=_BUCKET, Key=key, Body=content)
        endpoint: str = storage.meta.endpoint_url
        return f"{endpoint}/{_BUCKET}/template.json"

    def _wait(self, formation: Any) -> None:
        deadline = time.monotonic() + _DEPLOY_SECONDS
        status = ""
        while time.monotonic() < deadline:
            stack = formation.describe_stacks(StackName=STACK)["Stacks"][0]
            status = stack["StackStatus"]
            if not status.endswith("_IN_PROGRESS"):
                break
            time.sleep(0.05)
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise LocalError(f"The stack is {status}: {_first_failure(formation)}")
        self.outputs = {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
        listed = formation.describe_stack_resources(StackName=STACK)["StackResources"]
        self.resources = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in listed}


def _exists(formation: Any) -> bool:
    try:
        formation.describe_stacks(StackName=STACK)
    except ClientError:
        return False
    return True


def _first_failure(formation: Any) -> str:
    events = formation.describe_stack_events(StackName=STACK)["StackEvents"]
    for event in reversed(events):
        if event["ResourceStatus"].endswith("_FAILED") and event.get("ResourceStatusReason"):
            return f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
    return "no resource gave a reason."


def _archive(folder: Path) -> bytes:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return _zip({path.relative_to(folder).as_posix(): path.read_bytes() for path in files})


def _linked_layer(layer: Path, folder: Path) -> bytes:
    """A layer that points to its files instead of holding them.

    The stand-in unpacks a layer once for each function: 40 MB ten times over. Hard links, and not
    the build folder itself, so that a build does not pull the files from under a running stack.
    """
    linked = folder / layer.name
    try:
        shutil.copytree(layer, linked, copy_function=os.link)
    except shutil.Error:  # the build lies on another file system
        shutil.copytree(layer, linked, dirs_exist_ok=True)
    line = f"import sys; sys.path.insert(0, {str(linked / 'python')!r})\n"
    return _zip({_PTH: line.encode()})


def _zip(files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files.items():
            # ZipInfo has a fixed date, so that equal folders make equal archives.
            archive.writestr(zipfile.ZipInfo(name), file)
    return content.getvalue()
