"""A local stack in the foreground of a terminal: where it is, then nothing until Ctrl-C."""

import os
import signal
import socket
import sys
import types
from collections.abc import Callable

from tests.local.configuration import Configuration, read
from tests.local.errors import ConfigurationError, LocalError
from tests.local.stack import ROOT, LocalStack

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A person leaves the page open for a working day.
_SETTINGS_TOKEN_SECONDS = 12 * 3600


def run(make: Callable[[Configuration], LocalStack]) -> int:
    """Exit status: 0 stopped by a signal, 1 this machine prevents it, 2 wrong configuration."""
    for number in _SIGNALS:
        signal.signal(number, _stop)
    try:
        configuration = read(os.environ, ROOT / ".env.local")
        with make(configuration) as stack:
            admin = stack.token(expires_in=_SETTINGS_TOKEN_SECONDS)
            print(f"ready: {stack.url}")
            print(f"settings: {stack.url}/settings/integrations#token={admin}")
            print(f"simulator: {stack.simulator.url}", flush=True)
            _wait(stack)
    except KeyboardInterrupt:
        return 0
    except ConfigurationError as error:
        say(str(error))
        return 2
    except LocalError as error:
        say(str(error))
        return 1
    return 0


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _stop(_signal: int, _frame: types.FrameType | None) -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # once is enough, and stopping is not to be stopped
    raise KeyboardInterrupt


def _wait(stack: LocalStack) -> None:
    """Until one of the signals came, be it just before: a byte in a socket stays, a wake-up not.

    A part that ends by itself sends a signal too, and is then found missing.
    """
    signal.signal(signal.SIGCHLD, lambda *_: None)
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.setblocking(False)
        signal.set_wakeup_fd(writer.fileno())
        try:
            while True:
                stack.check()
                reader.recv(1)
        finally:
            signal.set_wakeup_fd(-1)
