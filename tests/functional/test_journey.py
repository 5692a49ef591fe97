"""The main job from end to end through the API: connect, see it, use it, disconnect."""

from tests.functional.journey import Journey


def test_a_workspace_is_connected_used_and_disconnected(journey: Journey):
    integration = journey.connect("Globex")

    (listed,) = journey.gateway.get("/api/integrations").json["data"]
    assert listed["id"] == integration
    assert listed["accountName"] == "Globex"
    assert (listed["status"], listed["healthStatus"]) == ("active", "healthy")

    sent = journey.gateway.post(
        f"/api/integrations/{integration}/actions/send_message",
        {"channel": "#general", "text": "Hello"},
    )
    assert sent.status == 200, sent.text

    gone = journey.gateway.delete(f"/api/integrations/{integration}")
    assert (gone.status, gone.json) == (200, {"success": True, "data": None})
    assert journey.run_jobs() == []
    assert len(journey.simulator.calls("apps.uninstall")) == 1

    detail = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (detail["status"], detail["revocation"]) == ("disconnected", "revoked")


def test_a_google_account_is_connected_used_and_disconnected(journey: Journey):
    integration = journey.connect("grace@example.org", provider="google")

    (listed,) = journey.gateway.get("/api/integrations").json["data"]
    assert listed["id"] == integration
    assert listed["accountName"] == "grace@example.org"
    assert (listed["status"], listed["healthStatus"]) == ("active", "healthy")

    sent = journey.gateway.post(
        f"/api/integrations/{integration}/actions/send_email",
        {"to": "ada@example.org", "subject": "Hello", "body": "Welcome aboard!"},
    )
    assert sent.status == 200, sent.text
    (mail,) = journey.simulator.state()["google"]["mails"]
    assert (mail["sender"], mail["subject"]) == ("grace@example.org", "Hello")

    gone = journey.gateway.delete(f"/api/integrations/{integration}")
    assert (gone.status, gone.json) == (200, {"success": True, "data": None})
    assert journey.run_jobs() == []
    assert len(journey.simulator.calls("revoke", "google")) == 1

    detail = journey.gateway.get(f"/api/integrations/{integration}").json["data"]
    assert (detail["status"], detail["revocation"]) == ("disconnected", "revoked")
