"""Whole functions with transactions, as a kernel developer might have written them, from a sequence of choices.

A function takes resources, begins, does things that can fail, commits, and leaves. What must be undone at a point is
a stack; an exit jumps into the ladder of labels if the ladder undoes just that, else it cleans up inline. So every
function keeps the protocol, unless the generator is told to break it.
"""

from __future__ import annotations

import re

from tests.oracle import shapes
from tests.oracle.choices import Choices
from tests.oracle.steps import mischief, report, set_up, step, use_handle
from tests.oracle.undoing import can_jump, fail, leave, push, unless_ok
from tests.oracle.writer import Undo, Writer, abort, begin_arguments, commit

_WORDS = ("tarn", "reed", "loam", "moor", "fen", "glade", "heath", "marsh", "dune", "crag")


def generate(choices: Choices, number: int, setup: bool) -> str:
    """One function, called ``subject_NUMBER``. ``setup``: for a pattern whose call needs ``page->mapping``."""
    writer = Writer(choices, setup, number)
    writer.word = f"{_WORDS[number % len(_WORDS)]}{number}"
    writer.inline = (25, 0, 100)[choices.below(3)]
    writer.arity = 5 - choices.below(2)
    own_page = choices.chance(40)
    memcg = "memcg"
    writer.locals += ["struct mem_cgroup *memcg;"]
    # For a call that needs a setup most of these are refused: they are tried, and do not fill the campaign.
    special = choices.below(48 if setup else 12)
    if special in (9, 10, 11):
        for _ in range(choices.below(2)):
            step(writer, before=True, nested=True)
        (shapes.odd, shapes.flagged, shapes.counted)[special - 9](writer)
        return _function(writer)
    guard = "!huge" if choices.chance(20) else ""
    if guard and not choices.chance(50):
        writer.locals.append("int huge = PageHuge(page);" if not own_page else "int huge = order;")
    elif guard:
        guard = "!order"
    loop = _loop(writer) if choices.chance(15) else ""
    if own_page:
        writer.locals.append("struct page *page;")
        writer.put("page = alloc_page(gfp);")
        code = choices.one("-ENOMEM", "-EAGAIN")
        writer.put(f"if (!page)\n\treturn {code};")
        push(writer, Undo(("put_page(page);",), "out_free", "page"))
    elif choices.chance(70):
        push(
            writer,
            Undo(
                (choices.one("put_page(page);", "put_page(page);", "unlock_page(page);\nput_page(page);"),),
                "out_put",
                "page",
            ),
        )
    reports = choices.chance(8) and report(writer)
    for _ in range(choices.below(3)):
        step(writer, before=True)
    if choices.chance(3 if setup else 12) and not guard:
        _success_block(writer, memcg)
    else:
        _begin(writer, "page", memcg, guard)
    second = choices.chance(4 if setup else 12) and not guard and not writer.atomic and not loop
    if second and choices.chance(50):
        _second(writer)
        second = False
    for _ in range(choices.below(4)):
        step(writer)
        use_handle(writer, guard, 5)
    if reports and choices.chance(70):
        writer.put(choices.one("seen = 2;", "seen++;", f"seen = {writer.helper('seen')}(mapping);"))
    if choices.chance(8):
        mischief(writer, guard)
    if setup and choices.chance(3):
        _set_up_elsewhere(writer)
    elif setup or choices.chance(15):
        set_up(writer)
    if setup and choices.chance(94):
        writer.put(f"err = {writer.helper('add')}(mapping, page);")
        unless_ok(writer, "err", "err", f"{writer.helper('drop')}(page);" if choices.chance(20) else "")
    for _ in range(choices.below(3)):
        step(writer)
    _finish(writer, memcg, guard, loop)
    if second:
        _second(writer)
    for _ in range(choices.below(2)):
        step(writer)
    leave(writer, loop)
    return _function(writer)


def _function(writer: Writer) -> str:
    choices = writer.choices
    body = writer.lines
    if writer.void:
        body = [re.sub(r"return (?:err|0|-\w+);", "return;", line) for line in body]
        if body and body[-1] == "\treturn;":
            body.pop()
    annotation = choices.one("", "", "", "__maybe_unused ", "noinline ", "__cold ")
    parameters = ["struct page *page"] if "struct page *page;" not in writer.locals else []
    parameters += ["struct mm_struct *mm", "gfp_t gfp", "int order"]
    parameters += ["struct address_space *mapping", "pgoff_t index"]
    kind = "void" if writer.void else "int"
    head = f"static {kind} {annotation}subject_{writer.number}("
    lines = [head]
    for position, parameter in enumerate(parameters):
        text = parameter + (", " if position < len(parameters) - 1 else ")")
        if len(lines[-1].expandtabs()) + len(text.rstrip()) > 80:
            lines[-1] = lines[-1].rstrip()
            lines.append("\t" * (len(head) // 8) + " " * (len(head) % 8))
        lines[-1] += text
    declarations = list(dict.fromkeys(writer.locals))
    rotation = choices.below(len(declarations))
    declarations = declarations[rotation:] + declarations[:rotation]
    declarations.append(choices.one("int err;", "int err = 0;", "int err = -EINVAL;"))
    text = "\n".join([*writer.callee, *lines, "{", *(f"\t{line}" for line in declarations), "", *body, "}", ""])
    if choices.chance(10):
        text = f"/* {writer.word}: where the charge of a page is taken. */\n{text}"
    return text


def _set_up_elsewhere(writer: Writer) -> None:
    """The mapping is set by a function of the same text, which takes it back when it fails."""
    name = f"{writer.word}_put_in"
    writer.callee = f"""static int {name}(struct page *page, struct address_space *mapping)
{{
	int err;

	get_page(page);
	page->mapping = mapping;
	err = {writer.helper("store")}(mapping, page);
	if (err) {{
		page->mapping = NULL;
		put_page(page);
	}}
	return err;
}}
""".split("\n")
    writer.put(f"err = {name}(page, mapping);")
    unless_ok(writer, "err", "err")


def _begin(writer: Writer, page: str, memcg: str, guard: str) -> None:
    choices = writer.choices
    name, arguments = begin_arguments(writer, page, memcg)
    if writer.lines and writer.lines[-1] and choices.chance(60):
        writer.lines.append("")
    writer.note()
    extra = "count_vm_event(THP_FAULT_FALLBACK);" if choices.chance(15) else ""
    form = choices.below(7)
    if form == 4 and writer.setup and not choices.chance(20):
        form = 0
    if guard:
        writer.put(f"if ({guard}) {{")
        writer.depth += 1
    if form in (0, 1):
        writer.call("err = ", name, arguments, ");")
        unless_ok(writer, choices.one("err", "unlikely(err)", "err < 0", "err != 0"), "err", extra)
    elif form == 2:
        writer.call("if (", name, arguments, "))")
        fail(writer, choices.one("-ENOMEM", "-EFAULT"), extra)
    elif form == 3 and can_jump(writer):
        writer.put("err = -ENOMEM;")
        writer.call("if (", name, arguments, "))")
        label = writer.stack[-1].label
        writer.put(f"\tgoto {label};")
        writer.used.add(label)
    elif form == 4:
        first = f"{writer.helper('refuses')}(mm) || "
        if choices.chance(40):
            writer.call(f"if (unlikely({first}", name, arguments, ")))")
        else:
            writer.call(f"if ({first}", name, arguments, "))")
        fail(writer, choices.one("-ENOMEM", "-EFAULT"), extra)
    elif form == 5:
        writer.call("if (unlikely(", name, arguments, ")))")
        fail(writer, "-ENOMEM", extra)
    else:
        writer.call("err = ", name, arguments, ");")
        unless_ok(writer, "err", choices.one("err", "-EFAULT"), extra)
    if guard:
        writer.depth -= 1
        writer.put("}")
    if choices.chance(60):
        writer.lines.append("")
    push(
        writer,
        Undo(abort(writer, page, memcg, guard), "out_cancel" if page == "page" else "out_cancel_other", "abort"),
    )


def _success_block(writer: Writer, memcg: str) -> None:
    choices = writer.choices
    name, arguments = begin_arguments(writer, "page", memcg)
    writer.call("err = ", name, arguments, ");")
    writer.put("if (!err) {")
    writer.depth += 1
    writer.put(f"err = {writer.helper('insert')}(page, mapping);")
    writer.put("if (err) {")
    for line in abort(writer, "page", memcg, ""):
        writer.put(f"\t{line}")
    if choices.chance(60):
        writer.put(f"\t{writer.helper('forget')}(page);")
    writer.put("}")
    writer.depth -= 1
    writer.put("}")
    unless_ok(writer, "err", "err")
    push(writer, Undo(abort(writer, "page", memcg, ""), "out_cancel", "abort"))


def _drop(writer: Writer, kind: str) -> list[Undo]:
    """Take entries of a kind off the stack."""
    gone = [undo for undo in writer.stack if undo.kind == kind]
    writer.stack = [undo for undo in writer.stack if undo.kind != kind]
    return gone


def _finish(writer: Writer, memcg: str, guard: str, loop: str) -> None:
    choices = writer.choices
    form = choices.below(8)
    if loop:
        name = writer.helper("link")
        writer.put(f"err = {name}(page);")
        writer.put("if (err == -EAGAIN) {")
        writer.depth += 1
        for undo in reversed(writer.stack):
            for line in undo.lines:
                writer.put(line)
        writer.put("goto retry;")
        writer.depth -= 1
        writer.put("}")
        unless_ok(writer, "err", "err")
    if form == 5:
        writer.put(f"if ({writer.helper('late')}(page)) {{")
        writer.depth += 1
        commit(writer, "page", memcg, guard)
        writer.put("lru_cache_add_anon(page);")
        writer.depth -= 1
        writer.put("} else {")
        writer.depth += 1
        commit(writer, "page", memcg, guard)
        if choices.chance(60):
            writer.put(f"{writer.helper('note')}(page);")
        writer.depth -= 1
        writer.put("}")
    elif form == 6:
        writer.put(f"if ({writer.helper('raced')}(page)) {{")
        writer.depth += 1
        for undo in reversed(writer.stack):
            for line in undo.lines:
                writer.put(line)
        writer.put(choices.one("return 0;", "return -EAGAIN;"))
        writer.depth -= 1
        if choices.chance(50):
            writer.put("} else {")
            writer.depth += 1
            commit(writer, "page", memcg, guard)
            writer.depth -= 1
            writer.put("}")
        else:
            writer.put("}")
            commit(writer, "page", memcg, guard)
    elif form == 7:
        writer.put("switch (order) {")
        writer.put("case 2:")
        writer.depth += 1
        commit(writer, "page", memcg, guard)
        writer.put(f"{writer.helper('note')}(page);\nbreak;")
        writer.depth -= 1
        writer.put("case 3:")
        writer.depth += 1
        for undo in reversed(writer.stack):
            for line in undo.lines:
                writer.put(line)
        writer.put("return -EINVAL;")
        writer.depth -= 1
        writer.put("default:")
        writer.depth += 1
        commit(writer, "page", memcg, guard)
        writer.put("break;")
        writer.depth -= 1
        writer.put("}")
    else:
        writer.note(8)
        commit(writer, "page", memcg, guard)
    _drop(writer, "abort")
    if choices.chance(60):
        writer.put(choices.one("lru_cache_add_anon(page);", "set_page_dirty(page);"))
    use_handle(writer, guard, 15)


def _second(writer: Writer) -> None:
    """A second transaction, whole, for another page."""
    if "struct mem_cgroup *other_memcg;" in writer.locals or "spin_lock(&mapping->lock);" in "".join(writer.lines):
        return
    writer.locals += ["struct mem_cgroup *other_memcg;", "struct page *other = mapping->old_page;"]
    kept = [undo for undo in writer.stack if undo.kind == "abort"]
    _begin(writer, "other", "other_memcg", "")
    step(writer, nested=True)
    extra = ", false" if writer.arity == 5 else ""
    writer.put(f"mem_cgroup_commit_charge(other, other_memcg, false{extra});")
    del kept
    writer.stack.pop(next(i for i, undo in enumerate(writer.stack) if "other_memcg" in undo.lines[0]))


def _loop(writer: Writer) -> str:
    writer.lines.append("retry:")
    return "retry"
