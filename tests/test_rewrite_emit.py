"""Small functions from which every ``gone();`` is taken: what follows from it, byte for byte.

``topic`` is the word by which comments are known to speak of what goes.
"""

from __future__ import annotations

import pytest

from migrator.edits import apply_edits
from migrator.flow.facts import FunctionFacts
from migrator.rewrite.draft import Draft, Insertion, RewriteRefusedError
from migrator.rewrite.emit import emit
from migrator.rewrite.tidy import tidy
from migrator.source import SourceFile
from migrator.syntax import callee_name, enclosing_statement
from tests.flow_code import DIALECT, Code, build_graph

BEFORE, BEHIND = b"int  g( ) ;   \n\n\n/* topic */\n", b"\n\n  /* topic */ int h() { gone();gone( ) ;}\t\n\n\n  x"


def code_of(body: str, head: str, newline: bytes = b"\n") -> Code:
    """The function in the middle of a file whose other parts look worth tidying."""
    text = BEFORE + f"{head}\n{{\n{body}}}".encode() + BEHIND
    source = SourceFile.parse("f.c", text.replace(b"\n", newline), DIALECT)
    (function,) = [item for item in source.functions if item.name == "f"]
    assert not function.broken, body
    return Code(source, function, build_graph(source, function))


def draft_of(code: Code) -> Draft:
    facts = FunctionFacts(code.source, code.function, code.graph)
    return Draft(code.source, code.function, ("topic",), {"is_big"}, facts.by_type, facts.locals - facts.address_taken)


def without_gone(body: str, head: str = "int f(int a, int b)", newline: bytes = b"\n") -> str:
    """The body afterwards; everything around the function must be as it was."""
    code = code_of(body, head, newline)
    draft = draft_of(code)
    for call in draft.nodes["call_expression"]:
        if callee_name(call) == "gone":
            draft.remove(enclosing_statement(call))
        elif callee_name(call) == "old":
            draft.replace(call, "new()")
    tidy(draft)
    result = apply_edits(code.source.data, emit(draft))
    before, behind = BEFORE.replace(b"\n", newline), BEHIND.replace(b"\n", newline)
    assert result.startswith(before + head.encode() + newline + b"{" + newline)
    assert result.endswith(b"}" + behind)
    middle = result[len(before) : -len(behind) - 1].decode()
    return middle.removeprefix(f"{head}{newline.decode()}{{{newline.decode()}")


# body -> body; lines are indented by one tab more than written
CASES: dict[str, tuple[str, str]] = {
    "one-line": ("x();\ngone();\ny();", "x();\ny();"),
    "everything": ("gone();\ngone();", ""),
    "several-lines": ("x();\ngone(1,\n     2);\ny();", "x();\ny();"),
    "replaced": ("x(old(1));", "x(new());"),
    "shared-line-first": ("gone(); x();\ny();", "x();\ny();"),
    "shared-line-last": ("x(); gone();\ny();", "x();\ny();"),
    # blank lines
    "blank-lines-doubled": ("x();\n\ngone();\n\ny();", "x();\n\ny();"),
    "blank-line-before-kept": ("x();\n\ngone();\ny();", "x();\n\ny();"),
    "blank-line-at-the-start": ("gone();\n\ny();", "y();"),
    "blank-line-at-the-end": ("x();\n\ngone();", "x();"),
    "blank-lines-of-two-at-the-end": ("x();\n\ngone();\n\ngone();", "x();"),
    "blank-lines-of-two": ("x();\n\ngone();\n\ngone();\n\ny();", "x();\n\ny();"),
    "blank-lines-of-others-stay": ("x();\n\n\ny();\ngone();\nz();", "x();\n\n\ny();\nz();"),
    # comments
    "comment-beside": ("x();\ngone(); /* why */\ny();", "x();\ny();"),
    "comment-above-on-topic": ("x();\n/* The topic. */\ngone();\ny();", "x();\ny();"),
    "comment-above-on-inflected-topic": ("x();\n/* all topics */\ngone();\ny();", "x();\ny();"),
    "comment-above-on-something-else": ("x();\n/* topical */\ngone();\ny();", "x();\n/* topical */\ny();"),
    "comment-behind-blank-line": ("/* topic */\n\ngone();\ny();", "/* topic */\n\ny();"),
    "comment-of-others-beside": ("x(); /* topic */\ngone();\ny();", "x(); /* topic */\ny();"),
    "comment-of-several-sentences": (
        "/*\n * The topic. And y.\n */\ngone();\ny();",
        "/*\n * The topic. And y.\n */\ny();",
    ),
    # ifs
    "guard": ("if (a)\n\tgone();\ny();", "y();"),
    "guards": ("if (a) {\n\tif (b)\n\t\tgone();\n}\ny();", "y();"),
    "guard-with-pure-call": ("if (is_big(a))\n\tgone();\ny();", "y();"),
    "guard-with-effect": ("if (!unlikely(try_it(a)))\n\tgone();\ny();", "try_it(a);\ny();"),
    "guard-with-value": ("if (a == b)\n\tgone();\nelse\n\tgone();\ny();", "y();"),
    "braces-go": ("if (a) {\n\tgone();\n\tx();\n}\ny();", "if (a)\n\tx();\ny();"),
    "braces-stay-for-two": ("if (a) {\n\tgone();\n\tx();\n\ty();\n}", "if (a) {\n\tx();\n\ty();\n}"),
    "braces-stay-for-comment": ("if (a) {\n\t/* x */\n\tgone();\n\tx();\n}", "if (a) {\n\t/* x */\n\tx();\n}"),
    "braces-stay-for-long-statement": ("if (a) {\n\tgone();\n\tx(1,\n\t  2);\n}", "if (a) {\n\tx(1,\n\t  2);\n}"),
    "braces-stay-for-declaration": ("if (a) {\n\tint c;\n\tgone();\n}", "if (a) {\n\tint c;\n}"),
    "braces-that-were-not-needed-stay": ("if (a) {\n\tx();\n}\ngone();", "if (a) {\n\tx();\n}"),
    "braces-of-loop": ("while (a) {\n\tgone();\n\tx();\n}", "while (a)\n\tx();"),
    "braces-of-both-branches": (
        "if (a) {\n\tx();\n} else {\n\ty();\n\tgone();\n}",
        "if (a)\n\tx();\nelse\n\ty();",
    ),
    "braces-of-no-branch": (
        "if (a) {\n\tx();\n\tx();\n} else {\n\ty();\n\tgone();\n}",
        "if (a) {\n\tx();\n\tx();\n} else {\n\ty();\n}",
    ),
    "else-emptied": ("if (a)\n\tx();\nelse\n\tgone();\ny();", "if (a)\n\tx();\ny();"),
    "else-if-emptied": ("if (a)\n\tx();\nelse if (b)\n\tgone();\ny();", "if (a)\n\tx();\ny();"),
    "first-branch-emptied": ("if (a)\n\tgone();\nelse\n\tx();\ny();", "if (!a)\n\tx();\ny();"),
    "first-branch-emptied-in-braces": (
        "if (a < b) {\n\tgone();\n} else {\n\tx();\n\ty();\n}",
        "if (a >= b) {\n\tx();\n\ty();\n}",
    ),
    "else-of-outer-if": (
        "if (a)\n\tif (b)\n\t\tx();\n\telse\n\t\tgone();\nelse\n\ty();",
        "if (a) {\n\tif (b)\n\t\tx();\n} else\n\ty();",
    ),
    # neighbours
    "neighbours": ("if (a)\n\tx();\ngone();\nif (a)\n\ty();", "if (a) {\n\tx();\n\ty();\n}"),
    "neighbours-were-there": ("if (a)\n\tx();\nif (a)\n\ty();\ngone();", "if (a)\n\tx();\nif (a)\n\ty();"),
    "neighbours-on-other-conditions": ("if (a)\n\tx();\ngone();\nif (b)\n\ty();", "if (a)\n\tx();\nif (b)\n\ty();"),
    "neighbours-on-a-global": ("if (big)\n\tx();\ngone();\nif (big)\n\ty();", "if (big)\n\tx();\nif (big)\n\ty();"),
    "neighbours-and-a-store": ("if (a)\n\ta = 0;\ngone();\nif (a)\n\ty();", "if (a)\n\ta = 0;\nif (a)\n\ty();"),
    "neighbours-and-a-return": (
        "if (a)\n\treturn 0;\ngone();\nif (a)\n\ty();",
        "if (a)\n\treturn 0;\nif (a)\n\ty();",
    ),
    # conditions with an effect
    "condition-called": ("if (g(a) < 0)\n\tgone();\ny();", "g(a);\ny();"),
    "condition-assigned": ("if (!(a = g()))\n\tgone();\ny();", "a = g();\ny();"),
    "condition-assigned-and-compared": ("if ((a = g()) != 0)\n\tgone();\nelse\n\ty();", "if ((a = g()) == 0)\n\ty();"),
    "condition-assigned-and-turned": ("if (!(a = g()))\n\tgone();\nelse\n\ty();", "if ((a = g()))\n\ty();"),
    # braces on lines of their own
    "allman": ("if (a)\n{\n\tgone();\n\tx();\n}\ny();", "if (a)\n\tx();\ny();"),
    "allman-else": ("if (a)\n{\n\tx();\n}\nelse\n{\n\tgone();\n\tz();\n}", "if (a)\n\tx();\nelse\n\tz();"),
    "allman-turned": ("if (a)\n{\n\tgone();\n}\nelse\n{\n\tx();\n}", "if (!a)\n{\n\tx();\n}"),
    "blank-line-above-what-goes-with-its-braces": (
        "if (a) {\n\tx();\n\n\tif (b)\n\t\tgone();\n\telse\n\t\tgone();\n}\ny();",
        "if (a)\n\tx();\ny();",
    ),
    "blank-line-behind-a-label": (
        "if (a)\n\tgoto out;\nx();\nout:\n\tgone();\n\n\ty();",
        "if (a)\n\tgoto out;\nx();\nout:\n\ty();",
    ),
    # labels
    "label-lost-its-goto": ("if (gone())\n\tgoto out;\nx();\nout:\n\ty();", "x();\n\ty();"),
    "label-that-never-had-a-goto": ("gone();\nx();\nout:\n\ty();", "x();\nout:\n\ty();"),
    "labels-merged": (
        "if (a)\n\tgoto one;\nif (b)\n\tgoto two;\nx();\none:\n\tgone();\ntwo:\n\ty();\n\treturn 0;",
        "if (a)\n\tgoto two;\nif (b)\n\tgoto two;\nx();\ntwo:\n\ty();\n\treturn 0;",
    ),
    "label-of-two-statements": (
        "if (a)\n\tgoto one;\nx();\none:\n\tgone();\n\ty();\n\treturn 0;",
        "if (a)\n\tgoto one;\nx();\none:\n\ty();\n\treturn 0;",
    ),
    "label-left-with-goto": (
        "if (a)\n\tgoto one;\nx();\nout:\n\treturn 0;\none:\n\tgone();\n\tgoto out;",
        "if (a)\n\tgoto out;\nx();\nout:\n\treturn 0;",
    ),
    # switches
    "case-emptied-at-the-end": (
        "switch (a) {\ncase 1:\n\tx();\n\tbreak;\ndefault:\n\tgone();\n}",
        "switch (a) {\ncase 1:\n\tx();\n\tbreak;\ndefault:\n\tbreak;\n}",
    ),
    "case-shortened": ("switch (a) {\ncase 1:\n\tgone();\n\tbreak;\n}", "switch (a) {\ncase 1:\n\tbreak;\n}"),
}


def indented(text: str) -> str:
    """One tab before each line that is neither blank nor a label."""
    result = ""
    for line in text.split("\n") if text else ():
        label = line.endswith(":") and line[:-1].isidentifier() and line != "default:"
        result += f"{line}\n" if label or not line else f"\t{line}\n"
    return result


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_case(name: str, newline: bytes) -> None:
    before, after = (indented(text) for text in CASES[name])
    assert without_gone(before, newline=newline) == after.replace("\n", newline.decode())


def test_a_label_at_the_end_of_a_void_function_becomes_a_return() -> None:
    body = "\tif (a)\n\t\tgoto out;\n\tx();\nout:\n\tgone();\n"
    assert without_gone(body, "void f(int a)") == "\tif (a)\n\t\treturn;\n\tx();\n"


REFUSED = {
    "loop-left-empty": ("while (a)\n\tgone();", "empty body"),
    "switch-left-empty": ("switch (a) {\ngone();\n}", "empty body"),
    "condition-with-assignment": ("if ((a = g() + 1))\n\tgone();", "may have an effect"),
    "condition-with-two-calls": ("if (g() && h())\n\tgone();", "may have an effect"),
    "else-if-chain-loses-its-head": ("if (a)\n\tgone();\nelse if (b)\n\tx();", "first branch of an else-if chain"),
    "label-at-the-end": ("if (a)\n\tgoto out;\nx();\nout:\n\tgone();", "nothing would be left behind the label out"),
    "label-before-declaration": (
        "{\nif (a)\n\tgoto out;\nx();\nout:\n\tgone();\n\tint c;\n\treturn c;\n}",
        "a declaration would follow",
    ),
    "code-nobody-leads-to": ("if (gone())\n\tgoto out;\nreturn 0;\nout:\n\ty();\n\treturn 1;", "nothing would lead to"),
    "label-twice": ("out:\n\tgone();\nout:\n\tgone();\n\treturn 0;", "stands twice"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_down_is_refused(name: str) -> None:
    body, message = REFUSED[name]
    with pytest.raises(RewriteRefusedError, match=message) as raised:
        without_gone(indented(body))
    assert raised.value.line >= 6


# -- insertions: ``here();`` is where a line is put -----------------------------------------------------------------

INSERTED: dict[str, tuple[str, str, str]] = {
    "behind": ("here();\nx();", "behind", "here();\nnew();\nx();"),
    "ahead": ("x();\nhere();", "ahead", "x();\nnew();\nhere();"),
    "behind-a-comment-beside": ("here(); /* a */\nx();", "behind", "here(); /* a */\nnew();\nx();"),
    "behind-a-comment-that-goes-on": ("here(); /* a\n\t\t*/\nx();", "behind", "here(); /* a\n\t\t*/\nnew();\nx();"),
    "behind-unbraced-body": ("if (a)\n\there();\nx();", "behind", "if (a) {\n\there();\n\tnew();\n}\nx();"),
    "ahead-of-unbraced-body": ("if (a)\n\there();\nx();", "ahead", "if (a) {\n\tnew();\n\there();\n}\nx();"),
    "before-an-else": (
        "if (a)\n\there();\nelse\n\tx();",
        "behind",
        "if (a) {\n\there();\n\tnew();\n} else\n\tx();",
    ),
    "in-an-else": ("if (a)\n\tx();\nelse\n\there();", "behind", "if (a)\n\tx();\nelse {\n\there();\n\tnew();\n}"),
    "in-a-loop": ("while (a)\n\there();", "behind", "while (a) {\n\there();\n\tnew();\n}"),
    "in-place-of": ("if (a)\n\there();\nx();", "instead", "if (a)\n\tnew();\nx();"),
}


@pytest.mark.parametrize("name", INSERTED)
def test_inserted(name: str) -> None:
    body, where, wanted = INSERTED[name]
    code = code_of(indented(body), "int f(int a)")
    draft = draft_of(code)
    (call,) = [item for item in draft.nodes["call_expression"] if callee_name(item) == "here"]
    statement = enclosing_statement(call)
    if where == "ahead":
        draft.insert_ahead(statement, Insertion(("new();",)))
    else:
        draft.insert_behind(statement, Insertion(("new();",)))
    if where == "instead":
        draft.remove(statement)
    tidy(draft)
    result = apply_edits(code.source.data, emit(draft)).decode()
    assert result[len(BEFORE) : -len(BEHIND)] == f"int f(int a)\n{{\n{indented(wanted)}}}"


def test_blank_lines_around_an_insertion() -> None:
    for body, wanted in (
        ("\there();\n\tx();\n", "\there();\n\n\tnew();\n\n\tx();\n"),
        ("\there();\n\n\tx();\n", "\there();\n\n\tnew();\n\n\tx();\n"),
        ("\there();\n", "\there();\n\n\tnew();\n"),
    ):
        code = code_of(body, "int f(int a)")
        draft = draft_of(code)
        statement = code.function.body.named_children[0]
        draft.insert_behind(statement, Insertion(("new();",), blank_before=True, blank_after=True))
        result = apply_edits(code.source.data, emit(draft)).decode()
        assert result[len(BEFORE) : -len(BEHIND)] == f"int f(int a)\n{{\n{wanted}}}"
