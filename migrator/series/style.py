"""How a series is cut and written, and the options that a patch notes about itself, written and read again."""

from __future__ import annotations

import shlex

from msgspec import Struct
from msgspec.structs import replace

from migrator.engine import Options
from migrator.series.split import Split


class SeriesStyle(Struct, frozen=True):
    """How a series is cut and written.

    ``split``: what goes into one patch. ``cover``: with a cover letter, the ledger in it. ``signoff``: with a
    ``Signed-off-by`` line. ``introduce``, ``remove``: with the patches that add what the callers need, and with the one
    that takes the old calls away.
    """

    split: Split = Split.FILE
    cover: bool = True
    signoff: bool = False
    introduce: bool = True
    remove: bool = True


def recorded_options(options: Options, style: SeriesStyle) -> str:
    """What changes a patch and is not the default, as options of the command line; a shell reads it.

    ``options.skip`` has no such option and is not noted.
    """
    given = [
        ("--strict", options.strict),
        (f"--on-divergence={options.on_divergence}", options.on_divergence != "warn"),
        ("--no-across", options.alone),
        (f"--split={style.split}", style.split is not Split.FILE),
        ("--no-introduce", not style.introduce),
        ("--no-remove", not style.remove),
        ("--signoff", style.signoff),
        ("--no-cover-letter", not style.cover),
    ]
    return shlex.join(text for text, wanted in given if wanted)


def read_options(text: str) -> tuple[Options, SeriesStyle]:
    """What ``recorded_options`` has noted; raises ValueError for an option that is not known."""
    options, style = Options(), SeriesStyle()
    for option in shlex.split(text):
        name, _, value = option.partition("=")
        if option == "--strict":
            options = replace(options, strict=True)
        elif option == "--no-across":
            options = replace(options, alone=True)
        elif name == "--on-divergence" and (value == "warn" or value == "guard" or value == "refuse"):
            options = replace(options, on_divergence=value)
        elif name == "--split" and value in list(Split):
            style = replace(style, split=Split(value))
        elif option == "--no-introduce":
            style = replace(style, introduce=False)
        elif option == "--no-remove":
            style = replace(style, remove=False)
        elif option == "--signoff":
            style = replace(style, signoff=True)
        elif option == "--no-cover-letter":
            style = replace(style, cover=False)
        else:
            raise ValueError(f"unknown option {option}")
    return options, style
