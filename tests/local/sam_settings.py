"""What `sam local` is told: the names that the stand-in gave to tables, queue and key, and the
credentials of a user there.

sam hands one pair of credentials to all containers, so that user may do whatever any function may
do. That each function may do no more than it needs is enforced in `make run` and by its tests.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.local.aws import REGION

if TYPE_CHECKING:
    from tests.local.stack import LocalStack

_USER = "sam-local"
_PROFILE = """\
[profile {name}]
region = {region}
endpoint_url = {endpoint}
aws_access_key_id = {key}
aws_secret_access_key = {secret}
"""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Two files, for `sam local start-api` and for `sam local invoke` beside it."""

    config: Path
    profile: Path

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """What sam runs in: nothing there may lead it to another account than the stand-in's."""
        kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
        return {
            **kept,
            "AWS_CONFIG_FILE": str(self.profile),
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "SAM_CLI_TELEMETRY": "0",
        }


def write(stack: "LocalStack", template: Path, folder: Path) -> Settings:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = Settings(config=folder / "samconfig.yaml", profile=folder / "aws")
    variables = folder / "variables.json"
    variables.write_text(json.dumps(_variables(stack), indent=1))
    key, secret = _make_keys(stack)
    profile = _PROFILE.format(
        name=_USER, region=REGION, endpoint=stack.standin.endpoint, key=key, secret=secret
    )
    _write_private(written.profile, profile)
    parameters = {
        "template_file": str(template),
        "env_vars": str(variables),
        "parameter_overrides": [f"{name}={value}" for name, value in stack.parameters().items()],
        "profile": _USER,
        "region": REGION,
        # We pull it when it is missing; else sam would ask the registry before every start.
        "skip_pull_image": True,
    }
    whole = {"version": 0.1, "default": {"global": {"parameters": parameters}}}
    written.config.write_text(json.dumps(whole, indent=1))  # JSON is YAML
    return written


def _variables(stack: "LocalStack") -> dict[str, dict[str, str]]:
    """Each function's variables as they were deployed: sam cannot know what !Ref became."""
    client = stack.aws("lambda")
    found: dict[str, dict[str, str]] = {}
    for function, name in stack.functions().items():
        deployed = client.get_function_configuration(FunctionName=name)
        found[function] = deployed["Environment"]["Variables"]
    return found


def _make_keys(stack: "LocalStack") -> tuple[str, str]:
    iam = stack.aws("iam")
    try:
        iam.create_user(UserName=_USER)
    except iam.exceptions.EntityAlreadyExistsException:  # from kept state
        for old in iam.list_access_keys(UserName=_USER)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=_USER, AccessKeyId=old["AccessKeyId"])
    policy = {"Version": "2012-10-17", "Statement": _allowed(stack, iam)}
    iam.put_user_policy(
        UserName=_USER, PolicyName="all-functions", PolicyDocument=json.dumps(policy)
    )
    made = iam.create_access_key(UserName=_USER)["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"]


def _allowed(stack: "LocalStack", iam: Any) -> list[Any]:
    """What the roles allow. What one denies itself, another may need."""
    statements: list[Any] = []
    for function in stack.functions():
        role = {"RoleName": stack.deployment.resources[f"{function}Role"]}
        for name in iam.list_role_policies(**role)["PolicyNames"]:
            document = iam.get_role_policy(**role, PolicyName=name)["PolicyDocument"]
            statements += [one for one in document["Statement"] if one["Effect"] == "Allow"]
    return statements


def _write_private(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w") as opened:
        opened.write(text)
