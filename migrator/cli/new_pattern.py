"""``migrator patterns new``: a folder to begin with, whose test passes.

The example is a call whose first argument goes and that gets another name. An author replaces the names, runs
``migrator patterns test`` and works from what it says.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from migrator.cli.guard import Status
from migrator.cli.terminal import put, say
from migrator.errors import InputError

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")

_TOML = """\
name = "{name}"
kind = "rewrite"
summary = "old_call() becomes new_call(), without its first argument"
reference = ""
queries = ["calls.scm"]

# The rules are tried in this order for each mention of a word. A rule has a query in calls.scm, which captures the
# code as @NAME and its parts as @NAME.part, and does one thing:
#   replace = "..."       other code, with {{parts}} in it; ends in ; where the query captures statements
#   rename = {{ name = "new_name" }}    another word in the place of a part, all else as it is
#   remove = true         a statement, or a member of an initialiser
#   keep = true           nothing: this is right as it is
#   refuse = "why"        nothing: a person has to look
# Conditions, in `where`: type.PART = "struct inode *", origin.PART = ["a_call"], unused, read,
# initialises = "struct s", absent = ["field"], disjoint = ["part", "part"], functions, not_functions, files, not_files.
[rules.call]
replace = "new_call({{object}})"
dropped = {{ owner = ["THIS_MODULE"] }}   # other values are dropped with a warning

[rules.other]
refuse = "old_call() is not called here with two arguments"

[message]
subject = "use new_call()"
body = \"\"\"
Say here why: this is the message of the commit.
\"\"\"
"""
_QUERIES = """\
; `migrator patterns check` says what is wrong here, with the line. The words that files are searched for come from
; #eq? and #any-of? on @RULE.name.
(call_expression
  function: (identifier) @call.name
  (#eq? @call.name "old_call")
  arguments: (argument_list . (_) @call.owner . (_) @call.object .)) @call

((identifier) @other.name
  (#eq? @other.name "old_call")) @other
"""
_BEFORE = """\
/* C of your own, as it is before. A comment on a line says which diagnostic is expected there. */
static int lamp_init(struct lamp *lamp, struct module *owner)
{
	int error = old_call(THIS_MODULE, lamp);

	if (error)
		return error;
	return old_call(owner, lamp); /* want: argument-dropped "owner was given here" */
}

static int (*lamp_call)(struct module *, struct lamp *) = old_call; /* want: unknown-shape "with two arguments" */
"""
_AFTER = """\
/* C of your own, as it is before. A comment on a line says which diagnostic is expected there. */
static int lamp_init(struct lamp *lamp, struct module *owner)
{
	int error = new_call(lamp);

	if (error)
		return error;
	return new_call(lamp);
}

static int (*lamp_call)(struct module *, struct lamp *) = old_call;
"""


_BAD_NAME = "the name of a pattern begins with a small letter and has only small letters, digits and underscores"


def _suggested(place: Path) -> str:
    name = re.sub(r"[^a-z0-9_]+", "_", place.name.lower()).strip("_")
    return f", such as {place.with_name(name)}" if _NAME.match(name) and place.name else ""


def _reason(error: OSError) -> str:
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]


def run_new(place: Path) -> Status:
    """Make the folder of a pattern; its name is that of the pattern. Raises InputError where there is one already."""
    name = place.name
    if not _NAME.match(name):
        raise InputError(_BAD_NAME + _suggested(place), str(place))
    case = place / "testdata" / "first"
    files = {
        place / "pattern.toml": _TOML.format(name=name),
        place / "calls.scm": _QUERIES,
        case / "before.c": _BEFORE,
        case / "after.c": _AFTER,
    }
    try:
        place.mkdir(parents=True)
    except FileExistsError:
        raise InputError("is there already", str(place)) from None
    except OSError as error:
        raise InputError(_reason(error), str(place)) from None
    try:
        case.mkdir(parents=True)
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        shutil.rmtree(place, ignore_errors=True)  # a half of a pattern would only be in the way
        raise InputError(_reason(error), str(place)) from None
    for path in files:
        put(str(path))
    folder = str(place) if place.is_absolute() else f"./{place}"
    say(f"migrator: now edit them, and run: migrator patterns test {folder}")
    return Status.DONE
