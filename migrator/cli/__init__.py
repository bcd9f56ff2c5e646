"""Layer 9: the command line. ``main`` is the console script.

``app`` declares the commands and their options and imports nothing else of the project; each command's work is in a
module of its own that is imported when it runs. Results go to stdout, everything that is said about them to
stderr. Exit status: 0 nothing left to say, 1 warnings or refusals, 2 it could not be done, 130 interrupted.
"""

from __future__ import annotations

import gc
import sys
from typing import NoReturn


def main() -> None:
    """Run the command line of this process; ends in SystemExit."""
    if sys.argv[1:] == ["--version"]:
        from migrator import __version__

        # As the option's callback would, in a third of the time.
        sys.stdout.write(f"migrator {__version__}\n")
        raise SystemExit(0)
    # A run is short and makes many small objects, few of them in cycles: collecting as often as Python does by
    # default costs a twelfth of the time.
    gc.set_threshold(100_000, 20, 50)
    from migrator.cli.guard import run_guarded

    run_guarded(_run_app)


def _run_app() -> NoReturn:
    """Parse the arguments and run the command, which ends the process itself; typer does so for bad usage."""
    from migrator.cli.app import app

    app(prog_name="migrator")
    raise SystemExit(0)
