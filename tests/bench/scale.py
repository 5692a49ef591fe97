"""What syncing costs a month at scale: counted calls of one run that finds nothing new, at list
price (eu-west-1, November 2026, USD, without free tier).

Calls are counted: `tests/functional/syncs/test_slack.py` holds a run to its writes,
`tests/races/test_sync_dispatch.py` a tick to its calls. Capacity is by the size of the items. The
duration of a run is assumed, since it is the provider's: two calls of a quarter of a second.
"""

INTEGRATIONS = 100_000
RUNS = INTEGRATIONS * 4 * 24 * 30  # every 15 minutes

WRITE, READ = 0.705 / 1_000_000, 0.141 / 1_000_000  # a unit on demand
# An integration's item has between one and two KB; each of claim, lease and end moves it in the
# index of what is due, which takes one entry out and puts one in.
ITEM_WRITES = 3 * 2
INDEX_WRITES = 3 * 2
LOG_WRITES = 1
# Integration, credentials, key, salt, what webhooks told, two positions, the provider's limit.
ITEMS_READ = 8
SQS_CALLS = 0.1 + 1 + 1  # sent ten at a time, received and deleted by Lambda's poller
SECONDS = 0.6
GIGABYTES = 0.25
LOG_KILOBYTES = 2


def monthly() -> dict[str, float]:
    """Give USD a month by what it is for."""
    each = {
        "DynamoDB: claim, lease and end, 12 units written": (ITEM_WRITES + INDEX_WRITES) * WRITE,
        "DynamoDB: a line of the log": LOG_WRITES * WRITE,
        "DynamoDB: one batch of eight items read": ITEMS_READ * READ,
        "Lambda: one invocation of 0.6 s at 256 MB": 0.20e-6 + SECONDS * GIGABYTES * 16.6667e-6,
        "SQS: sent, received, deleted": SQS_CALLS * 0.40e-6,
        "KMS: an organization's key unwrapped": 3.00e-6,
        "CloudWatch Logs: 2 KB": LOG_KILOBYTES * 0.57e-6,
        "X-Ray: one trace in twenty": 0.05 * 5.00e-6,
    }
    return {name: round(price * RUNS, 2) for name, price in each.items()}


def table() -> str:
    """Give the README's table."""
    rows = [f"| {name} | {price:,.0f} |" for name, price in monthly().items()]
    total = f"| **sum** | **{sum(monthly().values()):,.0f}** |"
    return "\n".join(["| of each run | USD a month |", "|---|---|", *rows, total])
