"""The commands and their options, for typer: nothing here works, and nothing is imported before it is needed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from migrator.cli.guard import run_guarded
from migrator.cli.settings import Settings
from migrator.cli.terminal import ColorChoice, put

DEFAULT_PATTERN = "mem_cgroup_charge"

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
patterns_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
app.add_typer(patterns_app, name="patterns", help="List, show, check and test patterns.")


def _complete_pattern(incomplete: str) -> list[str]:
    from migrator.pattern.load import pattern_folders

    return [folder.name for folder in pattern_folders() if folder.name.startswith(incomplete)]


def _complete_code(incomplete: str) -> list[str]:
    from migrator.diagnostics import Code

    return [code.value for code in Code if code.startswith(incomplete)]


def _complete_revision(incomplete: str) -> list[str]:
    from migrator.workspace.git import branches_and_tags

    return [name for name in branches_and_tags(Path()) if name.startswith(incomplete)]


def _refuse_revision(given: str | None) -> None:
    if given is not None:
        raise typer.BadParameter(
            "a revision is not rewritten in place; `diff --rev` shows the changes, `format-patch --rev` makes patches"
        )


def _processors() -> int:
    """How many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


JOBS = _processors()


def _print_version(wanted: bool) -> None:
    if wanted:
        from migrator import __version__

        put(f"migrator {__version__}")
        raise typer.Exit


Paths = Annotated[list[Path], typer.Argument(metavar="PATH", help="C files, folders or whole trees.")]
PatternName = Annotated[
    str,
    typer.Option(
        "--pattern",
        "-p",
        metavar="NAME|DIR",
        help="The pattern: a name that `patterns list` shows, or a folder.",
        autocompletion=_complete_pattern,
    ),
]
Rev = Annotated[
    str | None,
    typer.Option(
        "--rev",
        metavar="REV",
        help="Read this git revision instead of files on disk.",
        show_default=False,
        autocompletion=_complete_revision,
    ),
]
Jobs = Annotated[
    int, typer.Option("--jobs", "-j", min=1, metavar="N", help="Processes to use.", show_default="one per processor")
]
Format = Annotated[Literal["text", "json"], typer.Option("--format", help="Form of the result.")]
ScanFormat = Annotated[Literal["text", "json", "sarif"], typer.Option("--format", help="Form of the result.")]
Strict = Annotated[bool, typer.Option("--strict", help="Leave sites with warnings alone.")]
OnDivergence = Annotated[
    Literal["warn", "guard", "refuse"],
    typer.Option(
        "--on-divergence",
        help="Where an error path changes: warn, guard the cleanup with a test of its error, or leave the site alone.",
    ),
]
Color = Annotated[ColorChoice, typer.Option("--color", help="Colours.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but errors.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say more: every mention, suggestions, what was skipped.")
]
Review = Annotated[bool, typer.Option("--review", help="Ask about every site.")]


Across = Annotated[
    bool,
    typer.Option("--across/--no-across", help="Migrate sites that take more than one function, too."),
]


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Move C code from a begin / commit / abort protocol to one call, and say which error paths change.

    Exit status: 0 nothing left to say, 1 warnings or refusals, 2 it could not be done.
    """


@app.command()
def scan(
    paths: Paths,
    pattern: PatternName = DEFAULT_PATTERN,
    rev: Rev = None,
    jobs: Jobs = JOBS,
    format: ScanFormat = "text",
    strict: Strict = False,
    on_divergence: OnDivergence = "warn",
    across: Across = True,
    color: Color = ColorChoice.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Print every site and what would become of it.

    This is the ledger: it accounts for every mention of the old names, and says why a site is left alone.
    """
    from migrator.cli.scan import run

    settings = Settings(tuple(paths), pattern, jobs, strict, color, quiet, verbose, rev, on_divergence, not across)
    run_guarded(lambda: run(settings, form=format))


@app.command()
def diff(
    paths: Paths,
    pattern: PatternName = DEFAULT_PATTERN,
    rev: Rev = None,
    jobs: Jobs = JOBS,
    strict: Strict = False,
    on_divergence: OnDivergence = "warn",
    across: Across = True,
    review: Review = False,
    color: Color = ColorChoice.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Print how callers change as a diff; write nothing.

    On a terminal each warning stands at its hunk. Elsewhere stdout is what `git apply` takes, stderr has the rest.
    """
    from migrator.cli.diff import run

    settings = Settings(tuple(paths), pattern, jobs, strict, color, quiet, verbose, rev, on_divergence, not across)
    run_guarded(lambda: run(settings, review=review))


@app.command()
def apply(
    paths: Paths,
    pattern: PatternName = DEFAULT_PATTERN,
    rev: Annotated[str | None, typer.Option("--rev", hidden=True, callback=_refuse_revision)] = None,
    jobs: Jobs = JOBS,
    strict: Strict = False,
    on_divergence: OnDivergence = "warn",
    across: Across = True,
    review: Review = False,
    color: Color = ColorChoice.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Rewrite the callers in place.

    Prints the names of the files. All files are written or, where one is read-only or changed meanwhile, none.
    """
    from migrator.cli.apply import run

    settings = Settings(tuple(paths), pattern, jobs, strict, color, quiet, verbose, None, on_divergence, not across)
    run_guarded(lambda: run(settings, review=review))


@app.command("format-patch")
def format_patch(
    paths: Paths,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the patches.")],
    pattern: PatternName = DEFAULT_PATTERN,
    rev: Rev = None,
    jobs: Jobs = JOBS,
    strict: Strict = False,
    on_divergence: OnDivergence = "warn",
    across: Across = True,
    split: Annotated[
        Literal["file", "directory", "subsystem", "none"],
        typer.Option("--split", help="One patch per file, folder, section of MAINTAINERS (adds To and Cc), or one."),
    ] = "file",
    author: Annotated[
        str, typer.Option("--author", metavar="'NAME <ADDRESS>'", help="Whose patches.", show_default="as git knows")
    ] = "",
    signoff: Annotated[bool, typer.Option("--signoff", "-s", help="Add a Signed-off-by line.")] = False,
    cover: Annotated[bool, typer.Option("--cover-letter/--no-cover-letter", help="Write a cover letter.")] = True,
    introduce: Annotated[
        bool, typer.Option("--introduce/--no-introduce", help="Begin with patches that add the new call.")
    ] = True,
    remove: Annotated[
        bool, typer.Option("--remove/--no-remove", help="End with a patch that removes the old calls.")
    ] = True,
    color: Color = ColorChoice.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a series of patches for `git am`.

    A cover letter with the ledger and all warnings, a patch for each function that the tree lacks, a patch per file
    with the warnings that are about it and, where no caller is left in the tree, one that removes the old calls.
    """
    from migrator.cli.format_patch import SeriesSettings, run
    from migrator.series.split import Split
    from migrator.series.style import SeriesStyle

    settings = Settings(tuple(paths), pattern, jobs, strict, color, quiet, verbose, rev, on_divergence, not across)
    style = SeriesStyle(Split(split), cover, signoff, introduce, remove)
    run_guarded(lambda: run(settings, SeriesSettings(output, author, style)))


@app.command()
def verify(
    patches: Annotated[list[Path], typer.Argument(metavar="PATCH...", help="What format-patch has written.")],
    tree: Annotated[Path, typer.Option("--tree", metavar="DIR", help="The tree that they are for.")] = Path(),
    pattern: Annotated[
        str, typer.Option("--pattern", "-p", metavar="NAME|DIR", help="The pattern, where its name is not enough.")
    ] = "",
    jobs: Jobs = JOBS,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Make patches again and compare them byte for byte.

    How they were made, and from which commit, is written in them. Author, date and version are taken from there;
    everything else has to be equal. Status 1: a patch differs; 2: one cannot be made again.
    """
    from migrator.cli.verify import VerifySettings, run

    run_guarded(lambda: run(VerifySettings(tuple(patches), tree, pattern, jobs, quiet, verbose)))


@app.command()
def explain(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="FILE:FUNCTION|CODE", help="A function, or the code of a diagnostic.", autocompletion=_complete_code
        ),
    ],
    pattern: PatternName = DEFAULT_PATTERN,
    rev: Rev = None,
    format: Format = "text",
    color: Color = ColorChoice.AUTO,
) -> None:
    """Explain a function's error paths, or a code.

    FILE:FUNCTION prints a table: for each failure what runs and what is returned, before and after the rewrite.
    CODE, as it stands in brackets behind a message, prints what it means and what to do.
    """
    from migrator.cli.explain import run

    settings = Settings((), pattern, JOBS, False, color, False, False, rev)
    run_guarded(lambda: run(subject, settings, as_json=format == "json"))


@patterns_app.command("list")
def patterns_list(format: Format = "text") -> None:
    """Print the names of the patterns that can be found, and what they do."""
    from migrator.cli.patterns import run_list

    run_guarded(lambda: run_list(as_json=format == "json"))


@patterns_app.command("show")
def patterns_show(
    pattern: Annotated[str, typer.Argument(metavar="NAME|DIR", autocompletion=_complete_pattern)],
    format: Format = "text",
    color: Color = ColorChoice.AUTO,
) -> None:
    """Print what a pattern looks for and what it makes of it."""
    from migrator.cli.patterns import run_show

    run_guarded(lambda: run_show(pattern, color, as_json=format == "json"))


@patterns_app.command("check")
def patterns_check(
    patterns: Annotated[list[str], typer.Argument(metavar="NAME|DIR", autocompletion=_complete_pattern)],
) -> None:
    """Check patterns: keys, queries, captures and templates. Every problem has a file and a line."""
    from migrator.cli.patterns import run_check

    run_guarded(lambda: run_check(tuple(patterns)))


@patterns_app.command("new")
def patterns_new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make; its name is that of the pattern.")],
) -> None:
    """Make the folder of a pattern of the kind rewrite to begin with, with a test that passes."""
    from migrator.cli.new_pattern import run_new

    run_guarded(lambda: run_new(folder))


@patterns_app.command("test")
def patterns_test(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="A pattern with its own testdata; or a folder that holds PATTERN/CASE/before.c and after.c.",
        ),
    ],
    pattern: Annotated[
        str,
        typer.Option("--pattern", "-p", metavar="NAME|DIR", help="Test this pattern: DIR holds CASE/before.c."),
    ] = "",
    run: Annotated[
        bool,
        typer.Option("--run", help="Also compile both versions with gcc, let every call fail in turn, and compare."),
    ] = False,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="First write what comes out as what is wanted: after.c and the `want` comments."),
    ] = False,
    color: Color = ColorChoice.AUTO,
    verbose: Verbose = False,
) -> None:
    """Run golden tests: C before and after, with the expected diagnostics in `/* want: CODE "text" */` comments."""
    from migrator.cli.golden import run_test

    run_guarded(lambda: run_test(folder, pattern, color, run=run, accept=accept, verbose=verbose))
