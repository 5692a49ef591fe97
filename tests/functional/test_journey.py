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
