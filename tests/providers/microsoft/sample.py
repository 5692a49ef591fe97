"""Microsoft 365, for tests of every provider."""

from tests.providers.sample import Sample

SAMPLE = Sample(
    account="grace@contoso.example",
    other="ada@contoso.example",
    action="send_channel_message",
    body={
        "teamId": "fbe2bf47-16c8-47cf-b4a5-4b9b187c508b",
        "channelId": "19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2",
        "text": "Hello from Targetym",
    },
    words="text",
    done=lambda state: state["posts"],
)
