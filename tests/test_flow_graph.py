"""The shape of the graph for each construct of C: its edges, ``from -label-> to``, with nodes named by their code."""

from __future__ import annotations

import pytest

from migrator.flow import NodeKind, build_graph
from migrator.flow.check import graph_problems, lost_calls
from migrator.source import SourceFile
from tests.flow_code import DIALECT, parsed

SHAPES = {
    "empty": ("", "entry -> exit"),
    "sequence": ("x(); y();", "entry -> x();  x(); -> y();  y(); -> exit"),
    "if": ("if (a) x(); y();", "entry -> a  a -true-> x();  a -false-> y();  x(); -> y();  y(); -> exit"),
    "if-else": ("if (a) x(); else y();", "entry -> a  a -true-> x();  a -false-> y();  x(); -> exit  y(); -> exit"),
    "else-if": (
        "if (a) x(); else if (b) y(); else z();",
        "entry -> a  a -true-> x();  a -false-> b  b -true-> y();  b -false-> z();  x(); -> exit"
        "  y(); -> exit  z(); -> exit",
    ),
    "not": ("if (!a) x();", "entry -> a  a -false-> x();  a -true-> exit  x(); -> exit"),
    "complement-is-no-not": ("if (~a) x();", "entry -> ~a  ~a -true-> x();  ~a -false-> exit  x(); -> exit"),
    "double-not": ("if (!!(a)) x();", "entry -> a  a -true-> x();  a -false-> exit  x(); -> exit"),
    "likely": ("if (unlikely(!a)) x();", "entry -> a  a -false-> x();  a -true-> exit  x(); -> exit"),
    "expect": (
        "if (__builtin_expect(!!(g(a)), 0)) x();",
        "entry -> g(a)  g(a) -true-> x();  g(a) -false-> exit  x(); -> exit",
    ),
    "and": (
        "if (a && g(b)) x();",
        "entry -> a  a -true-> g(b)  a -false-> exit  g(b) -true-> x();  g(b) -false-> exit  x(); -> exit",
    ),
    "or": (
        "if (a || g(b)) x();",
        "entry -> a  a -true-> x();  a -false-> g(b)  g(b) -true-> x();  g(b) -false-> exit  x(); -> exit",
    ),
    "not-or": (
        "if (!(a || unlikely(!b))) x();",
        "entry -> a  a -true-> exit  a -false-> b  b -true-> x();  b -false-> exit  x(); -> exit",
    ),
    "condition-ternary": (
        "if (a ? b : c()) x();",
        "entry -> a  a -true-> b  a -false-> c()  b -true-> x();  b -false-> exit  c() -true-> x();  c() -false-> exit"
        "  x(); -> exit",
    ),
    "condition-ternary-goes-on": (
        "if (a ? b : !c) x();",
        "entry -> a  a -true-> b  a -false-> c  b -true-> x();  b -false-> exit  c -false-> x();  c -true-> exit"
        "  x(); -> exit",
    ),
    "condition-elvis": (
        "if (a ?: b) x();",
        "entry -> a  a -true-> x();  a -false-> b  b -true-> x();  b -false-> exit  x(); -> exit",
    ),
    "condition-comma": (
        "if (x(), a) y();",
        "entry -> x()  x() -> a  a -true-> y();  a -false-> exit  y(); -> exit",
    ),
    "condition-comma-goes-on": (
        "if (x(), !a) y();",
        "entry -> x()  x() -> a  a -false-> y();  a -true-> exit  y(); -> exit",
    ),
    "condition-assigns": (
        "if ((a = g()) < 0) x();",
        "entry -> (a=g())<0  (a=g())<0 -true-> x();  (a=g())<0 -false-> exit  x(); -> exit",
    ),
    "while": ("while (a) x();", "entry -> a  a -true-> x();  x(); -> a  a -false-> exit"),
    "while-1": ("while (1) if (a) break;", "entry -> 1  1 -true-> a  a -true-> break;  a -false-> 1  break; -> exit"),
    "while-1-return": ("while (true) return x();", "entry -> true  true -true-> returnx();  returnx(); -> exit"),
    "continue": (
        "while (a) { if (b) continue; x(); }",
        "entry -> a  a -true-> b  a -false-> exit  b -true-> continue;  b -false-> x();  continue; -> a  x(); -> a",
    ),
    "for": (
        "for (a = 0; a < b; a++) x();",
        "entry -> a=0  a=0 -> a<b  a<b -true-> x();  a<b -false-> exit  x(); -> a++  a++ -> a<b",
    ),
    "for-declares": (
        "for (int i = 0; i < b; i++) if (a) continue;",
        "entry -> inti=0;  inti=0; -> i<b  i<b -true-> a  i<b -false-> exit  a -true-> continue;  a -false-> i++"
        "  continue; -> i++  i++ -> i<b",
    ),
    "for-ever": ("for (;;) x();", "entry -> x();  x(); -> x();"),
    "for-ever-empty": ("for (;;) { }", "entry -> {}  {} -> {}"),
    "for-ever-update": (
        "for (;; a++) { if (a) break; }",
        "entry -> a  a -true-> break;  a -false-> a++  a++ -> a  break; -> exit",
    ),
    "do": ("do x(); while (a);", "entry -> x();  x(); -> a  a -true-> x();  a -false-> exit"),
    "do-0": (
        "do { if (a) break; if (b) continue; x(); } while (0); y();",
        "entry -> a  a -true-> break;  a -false-> b  b -true-> continue;  b -false-> x();  continue; -> 0  x(); -> 0"
        "  0 -false-> y();  break; -> y();  y(); -> exit",
    ),
    "do-1": ("do x(); while (1);", "entry -> x();  x(); -> 1  1 -true-> x();"),
    "if-0": ("if (0) x();", "entry -> 0  0 -true-> x();  0 -false-> exit  x(); -> exit"),
    "iterator": (
        "list_for_each_entry(p, &a, lru) { if (b) break; x(p); }",
        "entry -> (p,&a,lru)  (p,&a,lru) -true-> b  (p,&a,lru) -false-> exit  b -true-> break;  b -false-> x(p);"
        "  x(p); -> (p,&a,lru)  break; -> exit",
    ),
    "switch": (
        "switch (a) { case 1: x(); break; case B: y(); default: z(); }",
        "entry -> a  a -1-> x();  x(); -> break;  break; -> exit  a -B-> y();  y(); -> z();  a -default-> z();"
        "  z(); -> exit",
    ),
    "switch-without-default": (
        "switch (g(a)) { case 1: case 2: x(); }",
        "entry -> g(a)  g(a) -1-> x();  g(a) -2-> x();  g(a) -default-> exit  x(); -> exit",
    ),
    "switch-range": (
        "switch (a) { case 1 ... 3: x(); break; case /* the last */ C: y(); }",
        "entry -> a  a -1 ... 3-> x();  a -C-> y();  a -default-> exit  x(); -> break;  break; -> exit  y(); -> exit",
    ),
    "switch-in-loop": (
        "while (a) { switch (b) { case 1: continue; default: break; } x(); }",
        "entry -> a  a -true-> b  a -false-> exit  b -1-> continue;  b -default-> break;  continue; -> a"
        "  break; -> x();  x(); -> a",
    ),
    "case-in-block": (
        "switch (a) { case 1: if (b) { case 2: x(); } }",
        "entry -> a  a -1-> b  a -2-> x();  a -default-> exit  b -true-> x();  b -false-> exit  x(); -> exit",
    ),
    "goto-forward": (
        "if (a) goto out; x(); out: y();",
        "entry -> a  a -true-> out;  a -false-> x();  out; -> out  x(); -> out  out -> y();  y(); -> exit",
    ),
    "goto-backward": (
        "again: x(); if (a) goto again;",
        "entry -> again  again -> x();  x(); -> a  a -true-> again;  again; -> again  a -false-> exit",
    ),
    "goto-into-loop": (
        "goto in; while (a) { in: x(); }",
        "entry -> in;  in; -> in  in -> x();  x(); -> a  a -true-> in  a -false-> exit",
    ),
    "return": (
        "if (a) return -ENOMEM; return g(b);",
        "entry -> a  a -true-> return-ENOMEM;  a -false-> returng(b);  return-ENOMEM; -> exit  returng(b); -> exit",
    ),
    "noreturn": ("if (a) BUG(); x();", "entry -> a  a -true-> BUG();  a -false-> x();  x(); -> exit"),
    "bug-on-returns": ("BUG_ON(a); x();", "entry -> BUG_ON(a);  BUG_ON(a); -> x();  x(); -> exit"),
    "value-and": (
        "a = b && g(b);",
        "entry -> b  b -true-> g(b)  b -false-> a=b&&g(b);  g(b) -true-> a=b&&g(b);  g(b) -false-> a=b&&g(b);"
        "  a=b&&g(b); -> exit",
    ),
    "value-and-without-call": ("a = a && b;", "entry -> a=a&&b;  a=a&&b; -> exit"),
    "value-ternary": (
        "int x = a ? g() : 0;",
        "entry -> a  a -true-> g()  g() -> intx=a?g():0;  a -false-> intx=a?g():0;  intx=a?g():0; -> exit",
    ),
    "value-ternary-chain": (
        "x = a ? 1 : b ? g() : 2;",
        "entry -> a  a -true-> x=a?1:b?g():2;  a -false-> b  b -true-> g()  g() -> x=a?1:b?g():2;"
        "  b -false-> x=a?1:b?g():2;  x=a?1:b?g():2; -> exit",
    ),
    "value-ternary-of-and": (
        "x = a ? (b && g()) : 0;",
        "entry -> a  a -true-> b  a -false-> x=a?(b&&g()):0;  b -true-> g()  b -false-> x=a?(b&&g()):0;"
        "  g() -true-> x=a?(b&&g()):0;  g() -false-> x=a?(b&&g()):0;  x=a?(b&&g()):0; -> exit",
    ),
    "value-ternary-of-statement-expression": (
        "x = a ? ({ g(); }) : 0;",
        "entry -> a  a -true-> g();  a -false-> x=a?({g();}):0;  g(); -> ({g();})  ({g();}) -> x=a?({g();}):0;"
        "  x=a?({g();}):0; -> exit",
    ),
    "local-type": ("typedef int t; x();", "entry -> typedefintt;  typedefintt; -> x();  x(); -> exit"),
    "value-in-argument": (
        "x(a || g());",
        "entry -> a  a -true-> x(a||g());  a -false-> g()  g() -true-> x(a||g());  g() -false-> x(a||g());"
        "  x(a||g()); -> exit",
    ),
    "return-and": (
        "return a && g();",
        "entry -> a  a -true-> g()  a -false-> returna&&g();  g() -true-> returna&&g();  g() -false-> returna&&g();"
        "  returna&&g(); -> exit",
    ),
    "noreturn-operand": (
        "a ? panic() : x();",
        "entry -> a  a -true-> panic()  a -false-> x()  x() -> a?panic():x();  a?panic():x(); -> exit",
    ),
    "statement-expression": (
        "a = ({ x(); b; });",
        "entry -> x();  x(); -> b;  b; -> a=({x();b;});  a=({x();b;}); -> exit",
    ),
    "statement-expression-leaves": (
        "if (g(({ if (a) goto out; b; }))) x(); out: y();",
        "entry -> a  a -true-> out;  a -false-> b;  b; -> g(({if(a)gotoout;b;}))  g(({if(a)gotoout;b;})) -true-> x();"
        "  g(({if(a)gotoout;b;})) -false-> out  x(); -> out  out; -> out  out -> y();  y(); -> exit",
    ),
    "loop-condition-repeats-statement-expression": (
        "while (({ x(); a; })) y();",
        "entry -> x();  x(); -> a;  a; -> ({x();a;})  ({x();a;}) -true-> y();  ({x();a;}) -false-> exit  y(); -> x();",
    ),
    "preprocessor": (
        "#ifdef A\nx();\n#elif B > 1\ny();\n#else\nz();\n#endif",
        "entry -> preprocessor  preprocessor -defined(A)-> x();  preprocessor -B > 1-> y();  preprocessor -else-> z();"
        "  x(); -> exit  y(); -> exit  z(); -> exit",
    ),
    "preprocessor-without-else": (
        "#ifndef A\nx();\n#endif",
        "entry -> preprocessor  preprocessor -!defined(A)-> x();  preprocessor -else-> exit  x(); -> exit",
    ),
    "preprocessor-around-case": (
        "switch (a) { case 1: x(); break;\n#ifdef A\ncase 2: y(); break;\n#endif\ncase 3: z(); }",
        "entry -> a  a -1-> x();  x(); -> break;  break; -> exit  a -2-> y();  y(); -> break;  a -3-> z();"
        "  z(); -> exit  a -default-> exit",
    ),
    "preprocessor-define": ("#define A 1\nx();", "entry -> x();  x(); -> exit"),
    "asm-goto": (
        'asm goto("1:" : : : : yes); x(); yes: y();',
        'entry -> asmgoto("1:"::::yes);  asmgoto("1:"::::yes); -> x();  asmgoto("1:"::::yes); -> yes  x(); -> yes'
        "  yes -> y();  y(); -> exit",
    ),
    "asm-volatile-goto": (
        'asm volatile goto("1:" : : : : yes); return 0; yes: y();',
        'entry -> asmvolatilegoto("1:"::::yes);  asmvolatilegoto("1:"::::yes); -> return0;  return0; -> exit'
        '  asmvolatilegoto("1:"::::yes); -> yes  yes -> y();  y(); -> exit',
    ),
    "jump-in-macro": (
        "unsafe_put(a, b, fault); return 0; fault: return 1;",
        "entry -> unsafe_put(a,b,fault);  unsafe_put(a,b,fault); -> return0;  unsafe_put(a,b,fault); -> fault"
        "  fault -> return1;  return0; -> exit  return1; -> exit",
    ),
    "goto-nowhere": ("goto elsewhere;", "entry -> elsewhere;  elsewhere; -> exit"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    body, wanted = SHAPES[name]
    code = parsed(body)
    assert code.edges() == set(wanted.split("  ")), code.graph.dump()
    assert list(graph_problems(code.graph)) == []
    assert list(lost_calls(code.graph, code.source, code.function)) == []


DEAD = {
    "behind-return": ("return 1; x();", ["x();"]),
    "behind-endless-loop": ("for (;;) y(); x();", ["x();"]),
    "behind-noreturn": ("panic(a); x();", ["x();"]),
    "before-first-case": ("switch (a) { int i; case 1: x(); }", ["inti;"]),
    "none": ("if (a) return 1; x();", []),
    "if-0-is-code": ("if (0) x();", []),
    "case-behind-if": ("switch (a) { case 0: return 1;\n#ifdef A\ncase 1: x();\n#endif\n}", []),
}


@pytest.mark.parametrize("name", DEAD)
def test_dead_code_is_named(name: str) -> None:
    body, wanted = DEAD[name]
    code = parsed(body)
    assert [code.text(node) for node in code.graph.dead] == wanted, code.graph.dump()


def test_every_node_has_its_kind_and_line() -> None:
    code = parsed(
        "int x;\nif (a)\n\tx();\nswitch (b) {\ncase 1:\n\ty();\n}\n"
        "list_for_each(p, q)\n\tz();\nout:\n\t;\n#if A\n#endif"
    )
    assert [(node.kind, node.line) for node in code.graph.nodes] == [
        (NodeKind.ENTRY, 2),
        (NodeKind.STATEMENT, 3),
        (NodeKind.CONDITION, 4),
        (NodeKind.STATEMENT, 5),
        (NodeKind.SWITCH, 6),
        (NodeKind.STATEMENT, 8),
        (NodeKind.ITERATOR, 10),
        (NodeKind.STATEMENT, 11),
        (NodeKind.LABEL, 12),
        (NodeKind.STATEMENT, 13),
        (NodeKind.PREPROCESSOR, 14),
        (NodeKind.EXIT, 16),
    ], code.graph.dump()


def test_unknown_jump_is_reported() -> None:
    code = parsed("if (a) goto elsewhere; x();")
    assert [code.text(node) for node in code.graph.unresolved] == ["elsewhere;"]
    assert parsed("goto here; here: x();").graph.unresolved == ()


def test_computed_goto_may_lead_to_every_label() -> None:
    source = SourceFile.parse("f.c", b"int f(void *p)\n{\n\tgoto *p;\none:\n\tx();\ntwo:\n\ty();\n}\n", DIALECT)
    graph = build_graph(source, source.functions[0])
    assert len(graph.successors(1)) == 2, graph.dump()
    assert graph.dead == ()


def test_noreturn_names_can_be_given() -> None:
    code = parsed("give_up(a); x();")
    assert code.graph.dead == ()
    graph = build_graph(code.source, code.function, noreturn=["give_up"])
    assert [code.text(node) for node in graph.dead] == ["x();"]


def test_node_at_finds_the_innermost_node() -> None:
    code = parsed("if (a && g(b) + 1 > h(a)) x = b ? k(b) : 0;")

    def at(text: str) -> str | None:
        start = code.source.data.index(text.encode())
        syntax = code.source.tree.root_node.descendant_for_byte_range(start, start + len(text))
        assert syntax is not None
        node = code.graph.node_at(syntax)
        return None if node is None else code.text(node)

    assert at("g(b)") == "g(b)+1>h(a)"
    assert at("h(a)") == "g(b)+1>h(a)"
    assert at("k(b)") == "k(b)"
    assert at("x = b ? k(b) : 0") == "x=b?k(b):0;"
    assert at("if (a && g(b) + 1 > h(a)) x = b ? k(b) : 0;") is None
    assert at("a && g(b)") is None


def test_own_leaves_out_what_has_a_node() -> None:
    code = parsed("x(g(a) ? ({ h(); 1; }) : k(b), l());")
    owner = {
        code.source.normal(part): node.index
        for node in code.graph.nodes
        for part in code.graph.own(node)
        if part.type == "call_expression"
    }
    last = code.node("x(g(a)?({h();1;}):k(b),l());").index
    assert owner["l ( )"] == last
    assert owner["g ( a )"] == code.node("g(a)").index
    assert owner["h ( )"] == code.node("h();").index
    assert owner["k ( b )"] == code.node("k(b)").index
    assert [index for text, index in owner.items() if text.startswith("x (")] == [last]


def test_dump_is_readable() -> None:
    assert parsed("if (a)\n\tx();").graph.dump() == (
        "   0 entry            2    -> 1\n"
        "   1 condition        3  a  -> 2 if true, 3 if false\n"
        "   2 statement        4  x();  -> 3\n"
        "   3 exit             5    -> -\n"
    )


BROKEN = [
    "if (a",
    "if (",
    "while () x();",
    "for (",
    "switch (a) { case",
    "} else {",
    "goto;",
    "goto ;; a b c",
    "do x(); while",
    "case 3: x();",
    "break; continue; default: ;",
    "a ? : ;",
    "#if A\nif (a) {\n#else\n{\n#endif\n}",
    "if (a)\n#ifdef A\nx();\n#else\ny();\n#endif\nelse z();",
    "if (a && ) x();",
    "int x = y ? ;",
    "\xff\xfe((((",
]


@pytest.mark.parametrize("body", BROKEN)
def test_broken_code_has_a_graph(body: str) -> None:
    source = SourceFile.parse(
        "f.c", f"int f(void)\n{{\n{body}\n}}\nint g(void)\n{{\n\treturn 0;\n}}\n".encode(), DIALECT
    )
    assert source.functions
    for function in source.functions:
        graph = build_graph(source, function)
        assert list(graph_problems(graph)) == [], graph.dump()
