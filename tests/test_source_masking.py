"""What the grammar does not know parses nevertheless, and what must not change does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.source import DEFAULT_DIALECT, SourceFile
from migrator.source.masking import mask, mask_rare
from migrator.syntax import callee_name, walk


def parse(code: str) -> SourceFile:
    return SourceFile.parse("a.c", code.encode(), DEFAULT_DIALECT)


def body(*lines: str) -> str:
    return "static int f(struct page *page)\n{\n" + "".join(f"\t{line}\n" for line in lines) + "\treturn 0;\n}\n"


STATEMENTS = {
    "iterator with block": ["list_for_each_entry(p, &head, list) {", "\tuse(p);", "}"],
    "iterator with statement": ["xas_for_each(&xas, entry, end)", "\tuse(entry);"],
    "iterator unknown, by its block": ["walk_all_parts(p, q) {", "\tuse(p);", "}"],
    "iterator unknown, by indentation": ["walk_all_parts(p, q)", "\tuse(p);"],
    "iterator unknown, increment below": ["foreach_port(i, dev)", "\t++count;"],
    "iterator without arguments": ["for_each_thing() {", "\tuse(p);", "}"],
    "iterator behind if": ["if (p)", "\tlist_for_each(pos, head)", "\t\tuse(pos);"],
    "iterator behind else": ["if (p)", "\tuse(p);", "else", "\tlist_for_each(pos, head)", "\t\tuse(pos);"],
    "iterators nested": ["for_each_node(n)", "\tfor_each_cpu(c, m)", "\t\tuse(c);"],
    "do with a macro for while": ["do {", "\tuse(p);", "} while_each_thread(g, p);"],
    "pair of loop macros": ["do_each_pid_task(pid, type, p) {", "\tuse(p);", "} while_each_pid_task(pid, type, p);"],
    "macro without semicolon": ["HANDLE(1)", "HANDLE(2)", "use(page);"],
    "macro without semicolon behind a block": ["for_parts(p) {", "\tuse(p);", "} end_parts(p)"],
    "word without semicolon": ["TEST_THE_GROUP", "use(page);"],
    "struct in a macro argument": ["p = container_of(q,", "\t\t struct part, list);"],
    "built-in type in a macro argument": ["n = min_t(unsigned long, a, b) + min_t(int, a, b);"],
    "pointer type in a macro argument": ["s = va_arg(ap, const char *) + *va_arg(ap, u8 *);"],
    "typeof": ["typeof(*page) *copy = (typeof(page->next))page;"],
    "alignof an expression": ["n = __alignof__(page->slots[0]);"],
    "offsetof a path": ["n = offsetof(struct part, a.b) + offsetof(struct part, slots[3]);"],
    "range in a case": ["switch (n) {", "case 'a' ... 'z':", "\tuse(n);", "}"],
    "range in an initialiser": ["int t[] = { [0 ... 3] = 1 };"],
    "annotation in a cast": ["put_user(1, (int __user *)arg);"],
    "attribute": ["int x __attribute__((unused)) = 1;"],
    "level and format apart": ['printk(KERN_INFO PFX "text\\n");', "printk(KERN_INFO banner);"],
    "string and macro with arguments": ['f("%"__stringify(LENGTH)"s", s);', 'f(TEXT("a") "b");'],
    "macros that are strings": ['f("%" PRIx64 "\\n", x);'],
    "pasted number": ["set_bit_of(mask, 1000baseT_Full);", "if (chip_flag(tp, 5780_CLASS))", "\tuse(tp);"],
    "operator as argument": ["ASSERTCMP(a, >=, 0);", "ASSERTCMP(a, ==, b);"],
    "designator as argument": ["x = CONFIG(.event = 1, .inv = 2);"],
    "empty argument": ["x = asm_safe(a, , b);", "y = g(, a);"],
    "statement as argument": ["ASSERT(x, dump(x); dump(y););"],
    "statement as argument, no semicolon": ["ASSERT(x, dump(x);)", "use(page);"],
    "declaration as argument": ["IF_DEBUG(char buf[80]);"],
    "declaring macro": ["DECLARE_BITMAP(map, BITS) = { 0 };", "static DEFINE_RATELIMIT_STATE(rs, 5 * HZ, 1);"],
    "list head and more": ["LIST_HEAD(list), *pos;"],
    "attribute behind a local": ["static char result[9] __some_section;"],
    "assembly with macros": [
        'asm volatile(LOCK_PREFIX ALT("a", "b") "c" : "+m" (x) : CONSTRAINT (y) : "memory", CLOBBER);'
    ],
    "assembly goto": ['asm_volatile_goto("1:" ENTRY(1b) : : "i" (page) : : out);', "out:"],
    "register variable": ['register long r0 asm("r0") = 1;'],
    "label at the end of a block": ["if (page) {", "out:", "}"],
    "label before a condition": ["out:", "\n#ifdef CONFIG_A", "use(page);", "\n#endif"],
    "definition in a body": ["\n#define LOCAL(args...) use(args)", "LOCAL(1);"],
    "definition in an initialiser": ["int t[] = {", "\n#define T(x) [x] = 1", "T(1),", "};"],
    "statement expression": ["x = ({ int y = 1; y; });"],
    "label address": ["x = &&out;", "out:"],
    "local label": ["x = ({ __label__ here; here: 1; });"],
}


@pytest.mark.parametrize("lines", STATEMENTS.values(), ids=STATEMENTS)
def test_statements_parse(lines: list[str]) -> None:
    source = parse(body(*lines))
    assert not source.tree.root_node.has_error, source.masked.decode()
    assert [(one.name, one.broken, one.cut) for one in source.functions] == [("f", False, False)]


HEADS = {
    "annotations": ("static int __init __must_check f(int __user *a __maybe_unused)\n{\n}\n", "f"),
    "annotations with lists": (
        "int f(int a) __acquires(&l->lock) __releases(x)\n\t__attribute__((noinline))\n{\n}\n",
        "f",
    ),
    "unknown word before the type": ("STATIC int\nf(void)\n{\n}\n", "f"),
    "unknown word behind the type": ("static foo_t some_noinline\nf(void)\n{\n}\n", "f"),
    "unknown word behind the parameters": ("static int f(void) some_attribute\n{\n}\n", "f"),
    "no type": ("old_style(int a, char *b)\n{\n}\n", "old_style"),
    "K&R parameters": ("int f(a, b)\n\tint a;\n\tchar *b;\n{\n}\n", "f"),
    "system call": ("SYSCALL_DEFINE2(open_it, const char __user *, name, int, flags)\n{\n}\n", "sys_open_it"),
    "system call without arguments": ("SYSCALL_DEFINE0(fork_it)\n{\n}\n", "sys_fork_it"),
    "compat system call": ("COMPAT_SYSCALL_DEFINE1(open_it, int, flags)\n{\n}\n", "compat_sys_open_it"),
    "helper with pairs": ("BPF_CALL_2(look_up, struct map *, map, void *, key)\n{\n}\n", "look_up"),
    "annotated helper": ("notrace BPF_CALL_1(look_up, struct map *, map)\n{\n}\n", "look_up"),
    "test": ("TEST(works)\n{\n}\n", "works"),
    "test with fixture": ("TEST_F(fixture, works) {\n}\n", "works"),
    "behind macros without semicolon": ("EXPORT_SYMBOL(a)\nmodule_init(b)\nint f(void)\n{\n}\n", "f"),
    "behind a table macro": ("define_machine(box) {\n\t.name = 1,\n};\nint f(void)\n{\n}\n", "f"),
    "behind a section of a table": ('START(box, "x")\n\t.name = 1,\nEND_OF_IT\n\nint f(void)\n{\n}\n', "f"),
    "behind a table that does not parse": (
        "struct t t[] = {\n\tX( a b c ),\n\t.x = { = },\n};\nint f(void)\n{\n}\n",
        "f",
    ),
}


@pytest.mark.parametrize(("code", "name"), HEADS.values(), ids=HEADS)
def test_heads_parse(code: str, name: str) -> None:
    source = parse(code)
    assert [(one.name, one.broken) for one in source.functions] == [(name, False)], source.masked.decode()


def test_parameters_of_a_system_call_are_declared() -> None:
    source = parse("SYSCALL_DEFINE2(open_it, const char __user *, name, int, flags)\n{\n}\n")
    declared = [node for node in walk(source.tree.root_node) if node.type == "parameter_declaration"]
    assert [source.normal(node) for node in declared] == ["const char __user * , name", "int , flags"]


def test_an_iterator_becomes_a_loop_and_keeps_its_name() -> None:
    source = parse(body("xas_for_each(&xas, entry, end) {", "\tuse(entry);", "}", "while (x)", "\tuse(x);"))
    loops = [node for node in walk(source.tree.root_node) if node.type == "while_statement"]
    assert [source.iterator_at(node) for node in loops] == ["xas_for_each", None]
    assert source.normal(loops[0]).startswith("xas_for_each ( & xas , entry , end ) {")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("return bus_for_each_dev(bus, fn);", id="part of an expression"),
        pytest.param("walk_all_parts(p, q);", id="a call"),
        pytest.param("ops->list_for_each(p);", id="a member"),
        pytest.param('use("list_for_each(a, b) {");', id="in a string"),
        pytest.param("/* list_for_each(a, b) { */", id="in a comment"),
    ],
)
def test_what_is_no_loop_stays(line: str) -> None:
    source = parse(body(line))
    assert not [node for node in walk(source.tree.root_node) if node.type == "while_statement"]
    assert not source.functions[0].broken


def test_a_macro_without_semicolon_does_not_swallow_the_next_call() -> None:
    source = parse(body("HANDLE(1)", "use(page);"))
    assert [callee_name(node) for node in walk(source.tree.root_node) if node.type == "call_expression"] == [
        "HANDLE",
        "use",
    ]


def test_a_brace_on_its_own_line_makes_a_loop_head() -> None:
    source = parse(body("walk_all_parts(p, q)", "{", "\tuse(p);", "}"))
    assert [source.iterator_at(node) for node in walk(source.tree.root_node) if node.type == "while_statement"] == [
        "walk_all_parts"
    ]


def test_a_word_that_heads_a_deeper_line_leaves_the_function_unparsed() -> None:
    assert parse(body("IF_DEBUGGING", "\tuse(page);")).functions[0].broken


@pytest.mark.parametrize("jump", [" return -1", "\n\t\treturn -1", " return -1;"])
def test_a_return_in_a_macro_argument_is_a_branch(jump: str) -> None:
    source = parse(body(f'CHECK_WITH_CODE(ready(page), "text",{jump});', "use(page);"))
    assert not source.functions[0].broken
    kinds = [node.type for node in walk(source.functions[0].body)]
    assert kinds.count("return_statement") == 2
    assert kinds.count("if_statement") == 1
    assert "ready" in [callee_name(node) for node in walk(source.functions[0].body) if node.type == "call_expression"]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["if (page)", "\tCHECK(x, return -1);", "else", "\tuse(page);"], id="an else would change hands"),
        pytest.param(["poll_until(x, 100, if (ready(x)) break;);"], id="break"),
        pytest.param(["CHECK(x, break);"], id="a break alone"),
        pytest.param(["x = CHECK(x, return -1);"], id="in an expression"),
        pytest.param(["goto *table[op];"], id="computed goto"),
        pytest.param(["LOOP(", "\tcount++;", ",", "\treturn 1;", ");"], id="several statements"),
    ],
)
def test_hidden_jumps_leave_the_function_unparsed(lines: list[str]) -> None:
    assert parse(body(*lines)).functions[0].broken


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("x = __unused;", id="read"),
        pytest.param("use(__unused);", id="passed"),
        pytest.param("use(a, __unused, b);", id="passed among others"),
    ],
)
def test_a_variable_with_the_name_of_an_annotation_stays(line: str) -> None:
    assert "__unused" in parse(body(line)).masked.decode()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        pytest.param("int uninitialized_var(ret);", "ret", id="wrapped name"),
        pytest.param("LIST_HEAD(list), *pos;", "pos", id="second declarator"),
        pytest.param("static DEFINE_MUTEX(lock);", "lock", id="static use"),
        pytest.param("DECLARE_BITMAP(map, BITS);", "map", id="declaring macro"),
    ],
)
def test_macros_declare_their_names(line: str, name: str) -> None:
    source = parse(body(line))
    declarations = [node for node in walk(source.functions[0].body) if node.type == "declaration"]
    leaves = [source.text(node).decode() for node in walk(declarations[0]) if node.type == "identifier"]
    assert name in leaves


def test_a_product_in_a_nested_call_is_no_type() -> None:
    code = body("struct page *p = find(a, b);", "", "add_pages(DIV_ROUND_UP(count * sizeof(struct page), SIZE));")
    source = parse(code)
    assert "add_pages" in [callee_name(node) for node in walk(source.tree.root_node) if node.type == "call_expression"]


def test_names_of_one_error_do_not_reach_the_next_function() -> None:
    code = "int a(void)\n{\n\tx = ( {;\n}\n\nint b(void)\n{\n\treturn 0;\n}\n\n"
    code += "int c(int x SOME(y), z w)\n{\n}\n\nint d(void)\n{\n}\n"
    source = parse(code)
    assert [(one.name, one.broken) for one in source.functions] == [
        ("a", True),
        ("b", False),
        ("c", True),
        ("d", False),
    ]


FRAGMENTS = st.sampled_from(
    [
        *("\n".join(f"\t{line}" for line in lines) for lines in STATEMENTS.values()),
        *(code for code, _ in HEADS.values()),
        *(
            "{",
            "}",
            "(",
            ")",
            ";",
            ",",
            "\n",
            "\t",
            '"',
            "'",
            "\\\n",
            "#if A\n",
            "#else\n",
            "#endif\n",
            "else ",
            "/*",
            "*/",
            "//",
        ),
        *("asm(", "typeof(", "__attribute__((", "...", "list_for_each(", "return ", "\r\n", "\f", "\0", "x", "int "),
        '"list_for_each(__init struct x, "',
        "'\"'",
    ]
)


def check_masked(data: bytes) -> None:
    source = SourceFile.parse("a.c", data, DEFAULT_DIALECT)
    newlines = [i for i, byte in enumerate(data) if byte == 0x0A]
    first = mask(data, DEFAULT_DIALECT)
    for text in (first.text, mask_rare(first).text, source.masked):
        assert len(text) == len(data)
        assert [i for i, byte in enumerate(text) if byte == 0x0A] == newlines
        for start, end in first.lexed.literals:  # as it was, or gone as a whole
            quote = data[start : start + 1]
            assert text[start:end] == data[start:end] or quote not in text[start:end]
    for function in source.functions:
        assert source.function_at(function.start) is function
        assert 0 <= function.start < function.body.start_byte < function.end <= len(data)
        source.normal(function.node)
        source.line(function.end)
    assert all(
        source.masked[start : start + 5] == b"while"
        for start in first.iterators
        if source.masked[start : start + 1] == b"w"
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(FRAGMENTS, max_size=25).map("".join))
def test_any_composition(code: str) -> None:
    check_masked(code.encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    check_masked(data)
