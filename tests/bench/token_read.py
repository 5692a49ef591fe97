"""Warm CPU time of reading a fresh token over that of its bare AWS call, with botocore's transport
stubbed. The key is unwrapped once, by the first call, which does not count.
"""

import json
import os
from base64 import b64encode

from hub.sealing import DataKey, new_salt
from hub.store import credentials, keys
from hub.store.credentials import SealedCredentials
from hub.store.database import encode
from hub.store.integrations import to_item
from hub.vault import tokens_place
from tests.bench.account import READER
from tests.bench.built import INSIDE, Artefacts, run
from tests.bench.figures import Figure, Figures
from tests.bench.listing import an_integration
from tests.bench.operations import reading
from tests.bench.sealing import TOKENS
from tests.functional.gateway import Gateway

BUDGET_MS = 0.4


def measure(artefacts: Artefacts) -> Figures:
    integration, key, salt = an_integration(0), os.urandom(32), new_salt()
    function, event = reading(Gateway(), integration.id)
    sealed = SealedCredentials(
        organization_id=integration.organization_id,
        integration_id=integration.id,
        provider_id=integration.provider_id,
        generation=integration.generation,
        sealed=DataKey(key).seal(TOKENS.to_json(), tokens_place(integration), salt),
        refresh_due_at=1_889_000_000,
    )
    wrapped = keys.create(keys.organization_key(integration.organization_id), b"w" * 184)
    salted = keys.create(keys.integration_salt(integration.organization_id, integration.id), salt)
    environment = artefacts.environment(function)
    environment |= {"TOKEN_READER_ROLES": f"arn:aws:iam::123456789012:role/{READER}"}
    found = {
        environment["INTEGRATIONS_TABLE"]: [encode(to_item(integration))],
        environment["CREDENTIALS_TABLE"]: [encode(credentials.write(sealed).item)],
        environment["KEYS_TABLE"]: [encode(wrapped.item), encode(salted.item)],
    }
    answer = {"Responses": found, "UnprocessedKeys": {}}
    given = json.dumps(
        {
            "event": event,
            "call": "batch_get_item",
            "answer": answer,
            "unwrapped": b64encode(key).decode(),
        },
        default=lambda value: b64encode(value).decode(),
    )
    ran = run(artefacts.command(function, INSIDE, "time"), environment, given)
    ours, bare = json.loads(ran.stdout)
    return {
        "over_bare_call": Figure(round(ours - bare, 4), "ms", BUDGET_MS),
        "whole": Figure(round(ours, 4), "ms", floor=round(bare, 4)),
    }
