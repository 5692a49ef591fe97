"""`make run` as a process: what it prints, how it ends, what it keeps."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from urllib.parse import urlsplit

import pytest
import requests

from tests.local.aws import AwsStandIn
from tests.local.configuration import Configuration
from tests.local.stack import ROOT, LocalStack

pytestmark = pytest.mark.stack


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def refused(url):
    parts = urlsplit(url)
    try:
        socket.create_connection(("127.0.0.1", parts.port), timeout=2).close()
    except ConnectionRefusedError:
        return True
    return False


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.05)


def test_it_prints_three_lines_and_ctrl_c_ends_it_quietly(built):
    port = free_port()
    environment = {
        name: value for name, value in os.environ.items() if name not in {"KEEP", "PORT"}
    }
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.local"],
        cwd=ROOT,
        env={**environment, "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = [running.stdout.readline().rstrip("\n") for _ in range(3)]
        simulator = lines[2].removeprefix("simulator: ")
        shown = re.fullmatch(r"settings: (http://\S+)#token=([\w-]+\.[\w-]+\.[\w-]+)", lines[1])
        listed = requests.get(
            f"http://localhost:{port}/api/integrations",
            headers={"Authorization": f"Bearer {shown[2]}"},
            timeout=30,
        ).json()
        assert not refused(simulator)
    finally:
        running.send_signal(signal.SIGINT)
        rest, errors = running.communicate(timeout=30)

    assert lines[0] == f"ready: http://localhost:{port}"
    assert shown[1] == f"http://localhost:{port}/settings/integrations"
    assert listed["data"] == []
    assert (running.returncode, rest) == (0, "")
    assert "Traceback" not in errors
    assert refused(lines[0].removeprefix("ready: "))
    assert refused(simulator)


HOLD = """
import sys, time
from pathlib import Path
from tests.local.aws import AwsStandIn
folder = Path(sys.argv[1])
standin = AwsStandIn(root=Path.cwd(), folder=folder / "run", log=folder / "log")
standin.start()
standin.wait()
print(standin.endpoint, flush=True)
time.sleep(600)
"""


def test_the_stand_in_ends_when_its_owner_is_killed(tmp_path):
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        endpoint = owner.stdout.readline().strip()
        assert not refused(endpoint)
    finally:
        owner.kill()
        owner.wait()
        owner.stdout.close()

    until(lambda: refused(endpoint))
    until(lambda: not (tmp_path / "run").exists())


def test_a_stand_in_that_cannot_start_says_where_its_log_is(tmp_path, monkeypatch):
    from tests.local.errors import LocalError

    (tmp_path / "tests").mkdir()
    standin = AwsStandIn(root=tmp_path, folder=tmp_path / "run", log=tmp_path / "log")
    standin.start()
    try:
        with pytest.raises(LocalError, match=r"stopped while starting: see .*/log"):
            standin.wait()
    finally:
        standin.stop()


def test_kept_state_survives_a_restart_with_its_keys(built, tmp_path):
    kept = Configuration(port=0, keep=True)
    context = {"organization": "demo", "purpose": "test"}
    with LocalStack(kept, folder=tmp_path) as first:
        names = dict(first.deployment.resources)
        client_id = provider(first)["clientId"]
        sealed = first.aws("kms").encrypt(
            KeyId=first.deployment.outputs["MasterKeyArn"],
            Plaintext=b"a secret",
            EncryptionContext=context,
        )["CiphertextBlob"]
        row = {
            "organizationId": {"S": "demo"},
            "credentialsId": {"S": "kept"},
            "sealed": {"B": sealed},
        }
        table = names["CredentialsTable"]
        first.aws("dynamodb").put_item(TableName=table, Item=row)
        deliver(first)
        first_key = first.standin.access_key

    with LocalStack(kept, folder=tmp_path) as second:
        key = {name: row[name] for name in ("organizationId", "credentialsId")}
        found = second.aws("dynamodb").get_item(TableName=table, Key=key)["Item"]
        opened = second.aws("kms").decrypt(CiphertextBlob=sealed, EncryptionContext=context)

        assert found["sealed"]["B"] == sealed
        assert opened["Plaintext"] == b"a secret"
        assert second.deployment.resources["Api"] == names["Api"]
        assert provider(second)["clientId"] == client_id
        assert second.standin.access_key != first_key
        deliver(second)


def provider(stack):
    found = stack.aws("ssm").get_parameter(
        Name="/targetym/local/providers/slack", WithDecryption=True
    )
    return json.loads(found["Parameter"]["Value"])


def deliver(stack):
    """One row through the outbox's stream into the queue, with nobody to take it out."""
    queue = {"QueueUrl": stack.deployment.outputs["JobsQueueUrl"]}
    sqs, functions = stack.aws("sqs"), stack.aws("lambda")
    mapping = stack.deployment.resources["JobsMapping"]
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    job = {name: {"S": "none"} for name in ("providerId", "organizationId")}
    stack.aws("dynamodb").put_item(
        TableName=stack.deployment.resources["OutboxTable"],
        Item={"outboxId": {"S": uuid.uuid4().hex}, "job": {"M": job}},
    )
    received = []
    until(lambda: received.extend(sqs.receive_message(**queue).get("Messages", [])) or received)
    sqs.delete_message(**queue, ReceiptHandle=received[0]["ReceiptHandle"])
    functions.update_event_source_mapping(UUID=mapping, Enabled=True)
