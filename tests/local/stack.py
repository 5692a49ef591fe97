"""The whole product on one machine: simulator, stand-in, deployed stack, and what stands in front
of it, as one value.

`make run` holds one, and so does the test suite:

    with LocalStack(Configuration(port=0)) as stack:
        requests.get(f"{stack.url}/api/integrations", headers=stack.bearer(role="admin"))
"""

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, Self

from tests.local import token
from tests.local.aws import REGION, AwsStandIn
from tests.local.configuration import Configuration
from tests.local.deploy import Deployment
from tests.local.errors import LocalError
from tests.local.gateway import Gateway
from tests.local.reach import LOOPBACK, Reach
from tests.local.state import KeptState, random_clients, random_ingress
from tests.simulator.registry import PROVIDERS as SIMULATED
from tests.simulator.server import Simulator

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".aws-sam" / "build"
FOLDER = ROOT / ".local"
_PREFIX = "/targetym/local"
_TOKEN_READER = "token-reader"


class Front(Protocol):
    """What people and browsers call at `url`, from `serve` to `stop`."""

    @property
    def url(self) -> str: ...
    def serve(self, stack: "LocalStack") -> None: ...
    def check(self) -> None: ...
    def stop(self) -> None: ...


type Say = Callable[[str], None]


class LocalStack:
    """Runs from `start` (or `with`) to `stop`; `say` is told what it is doing."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        build: Path = BUILD,
        folder: Path = FOLDER,
        log: str = "ministack.log",
        parameters: Mapping[str, str] | None = None,
        front: Callable[[int, Say], Front] = Gateway,
        reach: Reach = LOOPBACK,
        say: Say = lambda _: None,
    ) -> None:
        self._configuration = configuration
        self._more_parameters = parameters or {}
        self._make_front = front
        self._reach = reach
        self._say = say
        state = KeptState(folder / "state") if configuration.keep else None
        self._clients = state.clients(SIMULATED) if state else random_clients(SIMULATED)
        self._ingress = state.ingress() if state else random_ingress()
        self.log_file = folder / "logs" / log
        run = folder / "run" / secrets.token_hex(4)
        self.standin = AwsStandIn(
            root=ROOT, folder=run, log=self.log_file, state=state, reach=reach
        )
        self.deployment = Deployment(self.aws, build=build, folder=run, region=REGION)
        self._front: Front | None = None
        self._simulator: Simulator | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._front = self._make_front(self._configuration.port, self._say)
        self.standin.start()
        self._simulator = Simulator(
            self._clients,
            redirect_prefix=f"{self.url}/api/integrations/",
            name=self._reach.name,
            address=self._reach.address,
        )
        self._simulator.start()
        self._say("Packaging the build.")
        self.deployment.package()
        self.deployment.translate(self.parameters())
        self.standin.wait()
        self._put_secrets()
        self._say("Deploying into the AWS stand-in.")
        self._deploy()
        self._front.serve(self)

    def check(self) -> None:
        """Raises LocalError once a part has stopped by itself."""
        self.standin.check()
        _running(self._front).check()

    def stop(self) -> None:
        for part in (self._front, self.standin, self._simulator):
            if part is not None:
                part.stop()
        self._front = self._simulator = None

    @property
    def url(self) -> str:
        return _running(self._front).url

    @property
    def simulator(self) -> Simulator:
        return _running(self._simulator)

    def aws(self, service: str, **credentials: str) -> Any:
        """A boto3 client of the stand-in: as root, or with `role_credentials`."""
        return self.standin.client(service, **credentials)

    def functions(self) -> dict[str, str]:
        """The functions' names in the stand-in, by their names in the template."""
        resources = self.deployment.resources
        return {name: resources[name] for name in resources if name.endswith("Function")}

    def role_credentials(self, function: str) -> dict[str, str]:
        """What the function's own role may do, in the hands of a test.

        Roles trust Lambda only. Here, and in no template, this one is made to trust us too.
        """
        role = self.deployment.resources[f"{function}Role"]
        self.aws("iam").update_assume_role_policy(
            RoleName=role, PolicyDocument=self._trust("lambda.amazonaws.com")
        )
        return self._assume(role)

    def service_credentials(self, role: str = _TOKEN_READER) -> dict[str, str]:
        """A backend service of the platform, which may call the API by its role: it is made here.
        The default is the one role that `TokenReaderRoles` lists.
        """
        iam = self.aws("iam")
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(
                RoleName=role, AssumeRolePolicyDocument=self._trust("ec2.amazonaws.com")
            )
        iam.put_role_policy(RoleName=role, PolicyName="calls-the-api", PolicyDocument=policy)
        return self._assume(role)

    def _trust(self, service: str) -> str:
        principal = {"Service": service, "AWS": f"arn:aws:iam::{self.standin.account}:root"}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def _assume(self, role: str) -> dict[str, str]:
        arn = f"arn:aws:iam::{self.standin.account}:role/{role}"
        assumed = self.aws("sts").assume_role(RoleArn=arn, RoleSessionName="test")
        keys = assumed["Credentials"]
        return {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }

    def logs(self) -> str:
        """Everything that the functions have logged."""
        client = self.aws("logs")
        lines: list[str] = []
        for page in client.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                events = client.get_paginator("filter_log_events")
                for found in events.paginate(logGroupName=group["logGroupName"]):
                    lines += [event["message"] for event in found["events"]]
        return "\n".join(lines)

    def token(self, **claims: Any) -> str:
        """A JWT that the authorizer accepts: see `tests.local.token.issue`."""
        return token.issue(**{"role": "admin", "organization": "demo", "user": "ada"} | claims)

    def bearer(self, **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(**claims)}"}

    def parameters(self) -> dict[str, str]:
        """Those of the template."""
        return {
            "Stage": "local",
            "PublicBaseUrl": self.url,
            "LocalEndpoint": self.standin.functions_endpoint,
            "JwtIssuer": token.ISSUER,
            "JwtAudience": token.AUDIENCE,
            "JwtSecretParameter": f"{_PREFIX}/jwt-secret",
            "TokenReaderRoles": f"arn:aws:iam::{self.standin.account}:role/{_TOKEN_READER}",
            **self._more_parameters,
        }

    def _deploy(self) -> None:
        try:
            self.deployment.deploy()
        except LocalError as error:
            if self._configuration.keep:
                raise LocalError(
                    f"{error} If the kept state is older than the template, delete .local/state."
                ) from error
            raise

    def _put_secrets(self) -> None:
        values = {"jwt-secret": token.secret(), "ingress": json.dumps(self._ingress)}
        for provider, client in self._clients.items():
            played = {
                "clientId": client.client_id,
                "clientSecret": client.client_secret,
                "webhookSecret": client.webhook_secret,
                **self.simulator.endpoints(provider),
            }
            values[f"providers/{provider}"] = json.dumps(played)
        for provider, app in self._configuration.providers.items():
            values[f"providers/{provider}"] = json.dumps(app.parameter())
        client = self.aws("ssm")
        for name, value in values.items():
            client.put_parameter(
                Name=f"{_PREFIX}/{name}", Value=value, Type="SecureString", Overwrite=True
            )


def _running[T](part: T | None) -> T:
    if part is None:
        raise RuntimeError("The local stack is not running.")
    return part
