"""Which assignments may have given a variable its value at a marked place, ``here()``."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.flow.reaching import reaching_definitions
from tests.flow_code import Code, parsed

# body, name -> the code of the nodes whose definition reaches here()
CASES: dict[str, tuple[str, str, set[str]]] = {
    "parameter": ("here();", "a", {"entry"}),
    "uninitialised": ("int x; here();", "x", {"entry"}),
    "initialised": ("int x = 1; here();", "x", {"intx=1;"}),
    "assigned": ("int x = 1; x = 2; here();", "x", {"x=2;"}),
    "joined": ("int x = 1; if (a) x = 2; here();", "x", {"intx=1;", "x=2;"}),
    "both-branches": ("int x; if (a) x = 1; else x = 2; here();", "x", {"x=1;", "x=2;"}),
    "other-exit": ("int x = 1; if (a) { x = 2; return 0; } here();", "x", {"intx=1;"}),
    "loop": ("int x = 0; while (a) { here(); x = 1; }", "x", {"intx=0;", "x=1;"}),
    "update": ("int x = 0; x++; here();", "x", {"x++;"}),
    "compound": ("int x = 0; x |= 2; here();", "x", {"x|=2;"}),
    "in-condition": ("int x; if ((x = g()) < 0) here();", "x", {"(x=g())<0"}),
    "for-head": ("int i; for (i = 0; i < a; i++) here();", "i", {"i=0", "i++"}),
    "two-declarators": ("int x = 1, *y = z(); here();", "y", {"intx=1,*y=z();"}),
    "pointer-declared": ("char *p = g(); here();", "p", {"char*p=g();"}),
    "address-to-call": ("int x = 1; get(&x); here();", "x", {"intx=1;", "get(&x);"}),
    "address-cast-to-call": ("int x = 1; get((void *)&x); here();", "x", {"intx=1;", "get((void*)&x);"}),
    "address-not-kept-by-call": ("int x = 1; get((void *)&x); g(); here();", "x", {"intx=1;", "get((void*)&x);"}),
    "value-to-call": ("int x = 1; get(x); here();", "x", {"intx=1;"}),
    "address-of-field": ("struct s x; x.f = 1; get(&x.f); here();", "x", {"entry", "x.f=1;", "get(&x.f);"}),
    "store-through-pointer": ("struct s *p = g(); p->f = 1; *p = y; here();", "p", {"structs*p=g();"}),
    "array": ("int x[2]; x[0] = 1; here();", "x", {"entry", "x[0]=1;"}),
    "array-parameter": ("int *x = g(); x[0] = 1; here();", "x", {"int*x=g();"}),
    "iterator": ("list_for_each_entry(p, head, lru) here();", "p", {"entry", "(p,head,lru)"}),
    "iterator-after": ("p = 0; list_for_each_entry(p, &x->list, lru) y(); here();", "p", {"p=0;", "(p,&x->list,lru)"}),
    "asm": ('int x = 0; asm("nop" : "=r" (x)); here();', "x", {"intx=0;", 'asm("nop":"=r"(x));'}),
    "shadowed": ("int x = 1; { int x = 2; } here();", "x", {"entry", "intx=1;", "intx=2;"}),
    "kept-address": ("int x = 1, *p = &x; g(); here();", "x", {"intx=1,*p=&x;", "g();"}),
    "kept-address-store": ("int x = 1, *p = &x; *p = 2; here();", "x", {"intx=1,*p=&x;", "*p=2;"}),
    "split-operand": ("int x = 0; y = a && (x = g()); here();", "x", {"intx=0;", "x=g()"}),
    "dead": ("int x = 1; return 0; here();", "x", set()),
    "unknown": ("here();", "nobody", set()),
}


def reaching(code: Code, name: str) -> set[str]:
    result = reaching_definitions(code.graph, code.source, code.function)
    nodes = result.reaching(code.node("here();").index, name)
    return {code.text(code.graph.nodes[index]) for index in nodes}


@pytest.mark.parametrize("name", CASES)
def test_definitions_that_reach(name: str) -> None:
    body, variable, wanted = CASES[name]
    code = parsed(body)
    assert reaching(code, variable) == wanted, code.graph.dump()


def test_parameters_are_their_names() -> None:
    code = parsed("x();", "int f(int a, char *b, int (*c)(int d), int e[N], int [M], void (*)(long))")
    result = reaching_definitions(code.graph, code.source, code.function)
    assert result.defines(code.graph.entry) == {"a", "b", "c", "e"}


def test_parameters_of_a_function_that_returns_a_pointer() -> None:
    code = parsed("x();", "struct s **f(int a)")
    result = reaching_definitions(code.graph, code.source, code.function)
    assert result.defines(code.graph.entry) == {"a"}


def test_what_a_node_defines() -> None:
    code = parsed("int x = 1, y; y = x = 2; get(&y, x);")
    result = reaching_definitions(code.graph, code.source, code.function)
    assert result.defines(code.node("intx=1,y;").index) == {"x"}
    assert result.defines(code.node("y=x=2;").index) == {"x", "y"}
    assert result.defines(code.node("get(&y,x);").index) == {"y"}
    assert result.defines(code.graph.entry) == {"a", "b", "x", "y"}


STATEMENTS = [
    "x = 1;",
    "y = x;",
    "x++;",
    "get(&y);",
    "if (a) { x = 2; } else { y = 2; }",
    "while (b) { x = 3; if (y) break; y = 4; }",
    "if (x) goto out;",
    "do { y++; } while (x);",
    "list_for_each(y, x) x = 5;",
    "switch (a) { case 1: x = 6; case 2: y = 6; break; default: x = 7; }",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(STATEMENTS), max_size=8), st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_the_last_definition_on_a_walk_reaches(statements: list[str], turns: list[int]) -> None:
    code = parsed("int x, y;\n" + "\n".join(statements) + "\nout: return x;")
    graph = code.graph
    result = reaching_definitions(graph, code.source, code.function)
    certain = {(item.node, item.name) for item in result.definitions if item.certain}
    possible: dict[str, set[int]] = {"x": {graph.entry}, "y": {graph.entry}}
    index = graph.entry
    for turn in turns:
        for name, nodes in possible.items():
            if index != graph.entry:
                assert nodes <= result.reaching(index, name), (index, name, graph.dump())
                for defined in {name} & result.defines(index):
                    possible[defined] = {index} if (index, defined) in certain else nodes | {index}
        edges = graph.successors(index)
        if not edges:
            break
        index = edges[turn % len(edges)].target
