"""`make run`: the whole product at http://localhost:PORT until Ctrl-C."""

import sys

from tests.local.foreground import run, say
from tests.local.stack import LocalStack

if __name__ == "__main__":
    sys.exit(run(lambda configuration: LocalStack(configuration, say=say)))
