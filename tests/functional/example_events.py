"""The example events of `events/`, and what a handler answers to each as it lies there, in an empty
deployment.
"""

import json
from typing import Any

from tests.functional.gateway import Context, handler_of
from tests.template import ROOT

FOLDER = ROOT / "events"
EVENTS = {
    str(path.relative_to(FOLDER).with_suffix("")): path for path in sorted(FOLDER.rglob("*.json"))
}

REFUSED = {"isAuthorized": False}
UNPROVEN = (401, "unauthenticated")  # its signature is made up
NOTHING_FAILED: dict[str, Any] = {"batchItemFailures": []}
FAILED = {"batchItemFailures": [{"itemIdentifier": "059f36b4-87a3-44ab-83d2-661975830a7d"}]}

NO_HANDSHAKE = {
    "code": "not_found",
    "message": "No handshake has come, or it was shown before. Expect one, and have the provider "
    "send it again.",
}

# What a handler answers to the event as it is: a status, with the error's code if there is one, or
# what a function without HTTP returns.
AS_IT_IS: dict[str, Any] = {
    "access_token/another_role": (403, "forbidden"),
    "access_token/nightly_report": (404, "not_found"),
    "actions/create_channel": (404, "not_found"),
    "actions/send_message": (404, "not_found"),
    "authorizer/bearer": REFUSED,
    "authorizer/without_token": REFUSED,
    "callback/approved": (400, None),
    "callback/denied": (400, None),
    "callback/prefetched": (400, None),
    "connect/as_manager": (403, "forbidden"),
    "connect/google": (200, None),
    "connect/reconnect": (404, "not_found"),
    "connect/slack": (200, None),
    "connect/unknown_provider": (404, "unknown_provider"),
    "disconnect/one": (404, "not_found"),
    "disconnect/posted": (404, "not_found"),
    "disconnect/provider": (404, "not_found"),
    "jobs_worker/parked_tokens": NOTHING_FAILED,
    "jobs_worker/public_keys": NOTHING_FAILED,
    "jobs_worker/revocation": NOTHING_FAILED,
    "jobs_worker/unknown_job": FAILED,
    "list/catalogue": (200, None),
    "list/filtered": (200, None),
    "list/integrations": (200, None),
    "list/one": (404, "not_found"),
    "list/webhooks": (404, "not_found"),
    "openapi/document": (200, None),
    "operator/expect_handshake": {
        "success": True,
        "data": {"providerId": "notion", "expectedForSeconds": 600},
    },
    "operator/nothing_by_hand": {
        "success": False,
        "error": {
            "code": "invalid_request",
            "message": "With this provider no handshake is done by hand.",
        },
    },
    "operator/show_handshake": {"success": False, "error": NO_HANDSHAKE},
    "outbox/reauth_required": NOTHING_FAILED,
    "outbox/revocation": NOTHING_FAILED,
    "refresh/as_manager": (403, "forbidden"),
    "refresh/one": (404, "not_found"),
    "refresh_dispatcher/tick": {"sent": 0, "late": 0},
    "refresh_worker/due": NOTHING_FAILED,
    "refresh_worker/unknown_job": FAILED,
    "records/sync_logs": (404, "not_found"),
    "records/users": (404, "not_found"),
    "settings_page/open": (200, None),
    "sync/everything": (404, "not_found"),
    "sync/one_resource": (404, "not_found"),
    "sync_dispatcher/tick": {"sent": 0, "late": 0, "left": 0},
    "sync_settings/change": (404, "not_found"),
    "sync_settings/show": (404, "not_found"),
    "sync_worker/due": NOTHING_FAILED,
    "sync_worker/unknown_job": FAILED,
    "webhook_dispatcher/tick": {"sent": 0},
    "webhook_test/as_manager": (403, "forbidden"),
    "webhook_test/one": (404, "not_found"),
    "webhook_worker/channel_created": NOTHING_FAILED,
    "webhook_worker/unknown_version": FAILED,
    "webhooks/asana/handshake": UNPROVEN,
    "webhooks/asana/task_changed": UNPROVEN,
    "webhooks/github/issue_opened": UNPROVEN,
    "webhooks/google/calendar_changed": UNPROVEN,
    "webhooks/google/mailbox_changed": UNPROVEN,
    "webhooks/jira/issue_updated": UNPROVEN,
    "webhooks/linear/issue_updated": UNPROVEN,
    "webhooks/microsoft/event_updated": UNPROVEN,
    "webhooks/microsoft/reauthorization_required": UNPROVEN,
    "webhooks/microsoft/validation": UNPROVEN,
    "webhooks/notion/page_updated": UNPROVEN,
    "webhooks/notion/verification": UNPROVEN,
    "webhooks/slack/channel_created": UNPROVEN,
    "webhooks/slack/url_verification": UNPROVEN,
    "webhooks/trello/card_updated": UNPROVEN,
    "webhooks/trello/head": (200, None),
    "webhooks/zoom/meeting_created": UNPROVEN,
    "webhooks/zoom/url_validation": UNPROVEN,
}


def function_of(name: str) -> str:
    """Give the function that an event is for."""
    return name.rpartition("/")[0]


def outcome(name: str, event: dict[str, Any]) -> Any:
    answer = handler_of(function_of(name))(event, Context())
    if "statusCode" not in answer:
        return answer
    headers = {header.lower(): value for header, value in answer["headers"].items()}
    json_answer = headers.get("content-type", "").startswith("application/json")
    body = json.loads(answer["body"]) if json_answer else {}
    return answer["statusCode"], body.get("error", {}).get("code")


def loaded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(EVENTS[name].read_text(encoding="utf-8"))
    return event
