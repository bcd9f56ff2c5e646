"""A git revision as a tree to work on, without a checkout; bare repositories too.

What ``tree``, ``prefilter`` and ``files`` are for a folder: which C files there are, which of them mention a word (by
``git grep``, which searches objects faster than they could be brought here), what is in them. The answers are those of
a checkout of the revision, with three exceptions: a submodule is noted and passed over, the ``.clang-format`` is the
one at the top, and attributes that change contents on their way to the disk (line ends) are of no effect.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.diagnostics import Code, Diagnostic, Severity
from migrator.errors import InputError
from migrator.source import load_dialect
from migrator.source.dialect import listed_iterators
from migrator.workspace.files import is_binary
from migrator.workspace.git import ObjectReader, git_said, run_git, start_git
from migrator.workspace.prefilter import Found, Progress
from migrator.workspace.repository import (
    ABSENT,
    FOLDER,
    LINK,
    NOT_THERE,
    REGULAR,
    SUBMODULE,
    Entry,
    commit_name,
    followed,
    incomplete,
    is_partial,
    located,
    missing_objects,
)
from migrator.workspace.tree import SUFFIXES, ordered_notes

if TYPE_CHECKING:
    from migrator.source import Dialect

# More paths than that are not named to git, for which a command line has a length.
_MOST_PATHS = 100
# With more that are missing, one message says it, not one for each file.
_MOST_ABSENT = 100


class _Listing(Struct, frozen=True, eq=False):
    """The C files below the starts with their entries, and what was noted about others.

    ``absent`` are files whose contents the repository does not have, those in hidden folders too.
    """

    files: Mapping[str, Entry]
    notes: tuple[Diagnostic, ...]
    absent: tuple[str, ...]


class RevisionTree:
    """A commit of a repository, and the paths in it to look at; one of the two kinds of ``source_tree.SourceTree``."""

    def __init__(self, root: Path, revision: str, starts: tuple[str, ...], objects: ObjectReader) -> None:
        self.root = root
        self.revision = revision
        # The top is the empty string here, which is in front of every path.
        self._starts = starts
        self._objects = objects
        self._listed: _Listing | None = None
        self._dialect: Dialect | None = None

    @property
    def starts(self) -> tuple[str, ...]:
        """Display paths of what was named; links among them have been followed."""
        return tuple(start or "." for start in self._starts)

    def whole(self) -> RevisionTree:
        """The same revision from its top; it is closed together with this one."""
        return self if self._starts == ("",) else RevisionTree(self.root, self.revision, ("",), self._objects)

    def close(self) -> None:
        """End the process that reads objects. What is asked afterwards starts it again."""
        self._objects.close()

    @property
    def dialect(self) -> Dialect:
        """By the ``.clang-format`` at the top of the revision."""
        if self._dialect is None:
            try:
                text = self.read(".clang-format")
            except InputError:
                text = b""
            self._dialect = load_dialect(None, iterators=[name.decode() for name in listed_iterators(text)])
        return self._dialect

    def list_files(self) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
        """Display paths of all C files in the order of their bytes, and the notes."""
        listing = self._listing()
        return tuple(sorted(listing.files, key=os.fsencode)), listing.notes

    def find(self, words: Collection[str], jobs: int = 1) -> tuple[str, ...]:
        """Display paths of the C files with one of the words as a whole word; a second or two for a whole kernel."""
        return self.search(words, jobs).files

    def search(self, words: Collection[str], jobs: int = 1, progress: Progress | None = None) -> Found:
        """The same with the number of files looked at and the notes; ``jobs`` are threads of git."""
        if not words:
            raise ValueError("no words to look for")
        absent = self._absent_files()
        grep = start_git(self.root, *self._grep(words, jobs))
        try:
            # While git searches.
            files = self._listing().files
            output, stderr = grep.communicate()
        except BaseException:
            grep.kill()
            grep.communicate()
            raise
        if grep.returncode not in (0, 1):
            raise InputError(git_said(stderr) or "git grep failed", os.fspath(self.root))
        if stderr and not self._objects.absent:
            self._objects.absent = missing_objects(self.root, self.revision)
            self._listed = None
            absent = self._absent_files()
        prefix = len(self.revision) + 1
        found = {os.fsdecode(name[prefix:]) for name in output.split(b"\0") if name}
        found.update(absent)
        if progress is not None:
            progress(len(files))
        hits = tuple(sorted((path for path in found if path in files), key=os.fsencode))
        return Found(hits, len(files), self._listing().notes)

    def read(self, path: str) -> bytes:
        """The text of a file, wherever it is in the revision; raises InputError for what has none."""
        (data,) = self.read_all([path])
        if isinstance(data, InputError):
            raise data
        return data

    def read_all(self, paths: Sequence[str]) -> tuple[bytes | InputError, ...]:
        """The texts of many files in the order given; an InputError in place of one that has none."""
        entries = self._regular(paths)
        names = [entry.name for entry in entries if isinstance(entry, Entry)]
        contents = dict(zip(names, self._objects.read(names), strict=True))
        return tuple(
            entry if isinstance(entry, InputError) else _text_of(contents[entry.name], path)
            for path, entry in zip(paths, entries, strict=True)
        )

    def modes(self, paths: Sequence[str]) -> Mapping[str, str]:
        """Git's modes of the files, six octal digits; what is no file of the revision is missing."""
        entries = zip(paths, self._regular(paths), strict=True)
        return {path: _plain_mode(entry.mode) for path, entry in entries if isinstance(entry, Entry)}

    def diff_drivers(self, paths: Sequence[str]) -> Mapping[str, str]:
        """Values of the attribute ``diff`` as the revision's ``.gitattributes`` files and the repository give them."""
        if not paths:
            return {}
        listing = run_git(self.root, "ls-tree", "-r", "-z", "--full-tree", self.revision)
        places = [one for one in listing.split(b"\0") if one.endswith((b"\t.gitattributes", b"/.gitattributes"))]
        with tempfile.TemporaryDirectory(prefix="migrator-") as folder:
            # An index with nothing else, since an older git takes attributes from no tree.
            index = Path(folder, "index")
            given = b"".join(b"%s %s\t%s\0" % (*one.split()[0:3:2], one.partition(b"\t")[2]) for one in places)
            run_git(self.root, "update-index", "-z", "--index-info", given=given, index=index)
            asked = b"".join(os.fsencode(path) + b"\0" for path in paths)
            output = run_git(self.root, "check-attr", "--cached", "--stdin", "-z", "diff", given=asked, index=index)
        # path NUL "diff" NUL value NUL
        fields = output.split(b"\0")
        return {os.fsdecode(path): value.decode() for path, value in zip(fields[0::3], fields[2::3], strict=False)}

    def _regular(self, paths: Sequence[str]) -> list[Entry | InputError]:
        """The entries of regular files; links are followed as far as they stay inside of the revision."""
        listed = self._listed.files if self._listed is not None else {}
        others = ["" if path == "." else path for path in paths if path not in listed]
        found = iter(followed(self.root, self.revision, self._objects, others))
        return [listed[path] if path in listed else _as_file(next(found)) for path in paths]

    def _listing(self) -> _Listing:
        if self._listed is None:
            self._listed = self._read_listing()
        return self._listed

    def _read_listing(self) -> _Listing:
        starts = [] if "" in self._starts or len(self._starts) > _MOST_PATHS else [*self._starts]
        try:
            output = run_git(
                self.root, "--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", self.revision, "--", *starts
            )
        except InputError:
            if self._objects.absent:
                raise incomplete(self.root, "folders") from None
            raise
        files: dict[str, Entry] = {}
        links: list[str] = []
        notes: list[Diagnostic] = []
        absent: list[str] = []
        named = frozenset(self._starts)
        for line in output.split(b"\0"):
            # mode blank type blank name tab path
            is_code = line[-2:] in SUFFIXES
            if not is_code and not line.startswith((b"120000", b"160000")) and not named - {""}:
                continue
            facts, _, raw = line.partition(b"\t")
            if not raw:
                continue
            path = os.fsdecode(raw)
            mode, _, name = facts.decode().split()
            if name in self._objects.absent:
                absent.append(path)
            if not _is_below(path, named):
                continue
            if mode == LINK:
                if name not in self._objects.absent:
                    links.append(path)
            elif mode == SUBMODULE:
                notes.append(_note(path, "skipped: a submodule, its files are in another repository"))
            elif is_code or path in named:
                files[path] = Entry(mode, name)
        notes.extend(self._link_notes(links))
        return _Listing(files, ordered_notes(notes), tuple(absent))

    def _link_notes(self, links: Sequence[str]) -> Iterator[Diagnostic]:
        """What is to be said about symbolic links that are passed over: mostly nothing."""
        # A question is a line.
        asked = [link for link in links if "\n" not in link]
        if not asked:
            return
        output = run_git(
            self.root,
            "cat-file",
            "--batch-check=%(objecttype)",
            "--follow-symlinks",
            given=b"".join(b"%s:%s\n" % (self.revision.encode(), os.fsencode(link)) for link in asked),
        )
        answers = iter(output.split(b"\n"))
        for link in asked:
            answer = next(answers, b"")
            kind = answer.partition(b" ")[0]
            promises_code = os.fsencode(link)[-2:] in SUFFIXES
            if kind in (b"dangling", b"loop", b"notdir", b"symlink"):
                # The path that it leads to is on lines of its own, as long as the number says.
                rest = int(answer.split()[1]) - len(next(answers, b""))
                while rest > 0:
                    rest -= len(next(answers, b"")) + 1
            if kind == b"loop":
                yield _note(link, "skipped: a symbolic link that leads in a circle")
            elif kind in (b"dangling", b"notdir") and promises_code:
                yield _note(link, "skipped: a symbolic link that leads nowhere")
            elif kind == b"symlink" and promises_code:
                yield _note(link, "skipped: a symbolic link that leads out of the tree")
            elif kind == b"tree" and self._holds(link):
                yield _note(link, "skipped: a symbolic link to a folder that holds it")

    def _holds(self, link: str) -> bool:
        """Whether a link to a folder lies below that folder."""
        (found,) = followed(self.root, self.revision, self._objects, [link])
        return not isinstance(found, InputError) and (not found[0] or link.startswith(found[0] + "/"))

    def _grep(self, words: Collection[str], jobs: int) -> Iterator[str]:
        yield from ("grep", "--name-only", "--word-regexp", "--fixed-strings", "--null", "--full-name", "--no-color")
        yield from ("--no-recurse-submodules", f"--threads={max(jobs, 1)}")
        for word in sorted({word.removeprefix("##") for word in words}):
            yield from ("-e", word)
        yield from (self.revision, "--")
        if self._objects.absent:
            # In a partial clone git ends at a file that is missing.
            yield from (f":(top,literal,exclude){path}" for path in self._listing().absent)
        if len(self._starts) > _MOST_PATHS:
            return
        for start in self._starts:
            if start and start in self._listing().files:
                yield f":(top,literal){start}"
            else:
                above = f"{_escaped(start)}/" if start else ""
                yield from (f":(top){above}*{suffix.decode()}" for suffix in SUFFIXES)

    def _absent_files(self) -> tuple[str, ...]:
        """The C files whose contents the repository does not have; raises InputError where they are many."""
        if not self._objects.absent:
            return ()
        files = self._listing().files
        found = tuple(path for path in self._listing().absent if path in files)
        if len(found) > _MOST_ABSENT:
            raise incomplete(self.root, f"{len(found)} of {len(files)} files")
        return found


def open_revision(paths: Sequence[Path | str], revision: str) -> RevisionTree:
    """The tree of a revision and the places in it that the paths name.

    Raises InputError where git or a repository is missing, there is no such revision, or nothing is at a path.
    """
    if not paths:
        raise InputError("no file or folder was given", ".")
    root, starts = located([Path(path) for path in paths])
    commit = commit_name(root, revision)
    objects = ObjectReader(root)
    if is_partial(root):
        try:
            objects.absent = missing_objects(root, commit)
        except InputError:
            raise incomplete(root, "folders") from None
    try:
        found = [_start(one, revision) for one in followed(root, commit, objects, starts)]
    finally:
        objects.close()
    return RevisionTree(root, commit, tuple(dict.fromkeys(found)), objects)


def _start(found: tuple[str, Entry] | InputError, revision: str) -> str:
    if isinstance(found, InputError):
        missing = found.message == NOT_THERE
        raise InputError(f"{found.message} in {revision}" if missing else found.message, found.file)
    path, entry = found
    if entry.mode == SUBMODULE:
        raise InputError("a submodule: its files are in another repository", path)
    return path


def _as_file(found: tuple[str, Entry] | InputError) -> Entry | InputError:
    if isinstance(found, InputError):
        return found
    path, entry = found
    return entry if entry.mode in REGULAR else InputError(_KINDS.get(entry.mode, "not a regular file"), path or ".")


_KINDS = {FOLDER: "a folder, not a file", SUBMODULE: "a submodule, not a file"}


def _text_of(data: bytes | None, path: str) -> bytes | InputError:
    if data is None:
        return InputError(ABSENT, path)
    return InputError("a binary file (it has NUL bytes)", path) if is_binary(data) else data


def _plain_mode(mode: str) -> str:
    """The mode as git prints it; histories of its first years have more."""
    return "100755" if mode == "100755" else "100644"


def _is_below(path: str, named: Collection[str]) -> bool:
    """Whether a file is named or below a name; as on disk, hidden folders are passed over unless they were named."""
    if "" in named and "/." not in path and not path.startswith("."):
        return True
    if path in named:
        return True
    folder = path.rpartition("/")[0]
    while folder not in named:
        above, _, name = folder.rpartition("/")
        if not folder or name.startswith("."):
            return False
        folder = above
    return True


def _escaped(path: str) -> str:
    """A path as a pattern that means nothing but itself."""
    return "".join(f"\\{letter}" if letter in "*?[\\" else letter for letter in path)


def _note(path: str, message: str) -> Diagnostic:
    return Diagnostic(Code.UNREADABLE, Severity.NOTE, path, 0, message)
