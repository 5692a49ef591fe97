"""`make run`: the whole product at http://localhost:PORT until Ctrl-C."""

import os
import signal
import socket
import sys
import types

from tests.local.configuration import read
from tests.local.errors import ConfigurationError, LocalError
from tests.local.stack import ROOT, LocalStack

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A person leaves the page open for a working day.
_SETTINGS_TOKEN_SECONDS = 12 * 3600


def _stop(_signal: int, _frame: types.FrameType | None) -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # once is enough, and stopping is not to be stopped
    raise KeyboardInterrupt


def _wait_for_signal() -> None:
    """Until one of the signals came, be it just before: a byte in a socket stays, a wake-up not."""
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.setblocking(False)
        signal.set_wakeup_fd(writer.fileno())
        reader.recv(1)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main() -> int:
    for number in _SIGNALS:
        signal.signal(number, _stop)
    try:
        configuration = read(os.environ, ROOT / ".env.local")
        with LocalStack(configuration, say=_say) as stack:
            admin = stack.token(expires_in=_SETTINGS_TOKEN_SECONDS)
            print(f"ready: {stack.url}")
            print(f"settings: {stack.url}/settings/integrations#token={admin}")
            print(f"simulator: {stack.simulator.url}", flush=True)
            _wait_for_signal()
    except KeyboardInterrupt:
        return 0
    except ConfigurationError as error:
        _say(str(error))
        return 2
    except LocalError as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
