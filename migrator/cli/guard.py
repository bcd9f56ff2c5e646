"""From what a command returns or raises to an exit status; no traceback reaches a user.

``MIGRATOR_TRACEBACK=1`` in the environment lets the exception of an internal error through.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from enum import IntEnum
from typing import NoReturn

from migrator.cli.terminal import say
from migrator.errors import MigratorError


class Status(IntEnum):
    """The exit statuses."""

    DONE = 0
    FINDINGS = 1
    FAILED = 2
    INTERRUPTED = 130
    BROKEN_PIPE = 141


def run_guarded(action: Callable[[], Status]) -> NoReturn:
    """Run a command and end the process with its status."""
    _prepare_streams()
    try:
        status = action()
        sys.stdout.flush()
    except MigratorError as error:
        status = _failed(f"error: {error}")
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    except BrokenPipeError:
        # The reader went away. What is left in the buffer must not raise once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = Status.BROKEN_PIPE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        status = _failed(f"error: {where}{error.strerror or error}")
    except Exception as error:
        if os.environ.get("MIGRATOR_TRACEBACK"):
            raise
        status = _failed(_internal(error))
    # The interpreter looks for cycles in all that is left when it ends; nobody needs that memory any more.
    gc.freeze()
    raise SystemExit(int(status))


def _failed(message: str) -> Status:
    say(f"migrator: {message}")
    return Status.FAILED


def _internal(error: Exception) -> str:
    place = ""
    trace = error.__traceback__
    while trace is not None:
        place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
        trace = trace.tb_next
    text = str(error).partition("\n")[0]
    return (
        f"internal error: {type(error).__name__}: {text} (at {place}); "
        "please report it, with the traceback that MIGRATOR_TRACEBACK=1 shows"
    )


def _prepare_streams() -> None:
    """File names are bytes: those that are not text must come out as they are, and never stop a message."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            utf8 = (stream.encoding or "").lower().replace("-", "") == "utf8"
            reconfigure(errors="surrogateescape" if utf8 else "backslashreplace")
