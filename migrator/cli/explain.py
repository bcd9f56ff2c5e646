"""``migrator explain``: the page of a diagnostic code, or the error paths of a function before and after."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from migrator.cli.guard import Status
from migrator.cli.rich_output import print_rich
from migrator.cli.terminal import ColorChoice, colored, put
from migrator.diagnostics import Code
from migrator.errors import InputError
from migrator.explanations import page

if TYPE_CHECKING:
    from migrator.cli.settings import Settings


def run(subject: str, settings: Settings, *, as_json: bool) -> Status:
    """Explain a code, or FILE:FUNCTION as it is on disk or at the revision of the settings."""
    if subject in set(Code):
        if as_json:
            from migrator.cli.json_report import encoded

            put(encoded({"code": subject, "page": page(Code(subject))}))
        else:
            _print_page(page(Code(subject)), settings.color)
        return Status.DONE
    file, colon, function = subject.rpartition(":")
    if not colon or not file or not function:
        raise InputError(_unknown(subject), subject)
    from migrator.cli.error_paths import explain_function

    return explain_function(file, function, settings, as_json=as_json)


def _unknown(subject: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(subject, [code.value for code in Code], 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"neither FILE:FUNCTION nor the code of a diagnostic{hint or '.'} Codes: {', '.join(Code)}"


def _print_page(text: str, color: ColorChoice) -> None:
    if not colored(color, sys.stdout):
        put(text.rstrip("\n"))
        return
    from rich.markdown import Markdown

    print_rich(Markdown(text, code_theme="ansi_dark"), color)
