"""Single steps of a function: calls that can fail, resources, locks, conditions, and things that go wrong."""

from __future__ import annotations

from tests.oracle.undoing import fail, push, unless_ok
from tests.oracle.writer import Undo, Writer


def step(writer: Writer, before: bool = False, nested: bool = False) -> None:
    """Something that has nothing to do with the charge."""
    choices = writer.choices
    kind = choices.below(12 if not nested else 6)
    writer.note()
    if kind == 0:
        writer.put(f"{writer.helper('touch')}(page);")
    elif kind in (1, 2):
        name = writer.helper("insert")
        writer.put(f"err = {name}(page, index);")
        extra = f"{writer.helper('count')}();" if choices.chance(15) else ""
        unless_ok(writer, choices.one("err", "unlikely(err)", "err < 0"), "err", extra)
    elif kind == 3:
        name = writer.helper("is_full")
        test = f"{choices.one('', '!')}{name}(mapping)"
        writer.put(f"if (WARN_ON_ONCE({test}))" if choices.chance(10) else f"if ({test})")
        fail(writer, choices.one("-EBUSY", "-EEXIST", "-ENOSPC"))
    elif kind == 4:
        if choices.chance(10):
            writer.put("VM_BUG_ON_PAGE(PageTail(page), page);")
        else:
            writer.put("count_vm_event(PGFAULT);" if choices.chance(50) else f"{writer.helper('trace')}(page, index);")
    elif kind == 5:
        writer.put(f"page->{choices.one('private', 'index', 'flags')} = {choices.one('0', 'index', '1')};")
    elif kind == 6:
        take, give, label = (
            ("lock_page(page);", "unlock_page(page);", "out_unlock"),
            ("get_page(page);", "put_page(page);", "out_unget"),
            (f"{writer.word}_hold(mapping);", f"{writer.word}_drop(mapping);", "out_drop"),
            ("mutex_lock(&mapping->lock);", "mutex_unlock(&mapping->lock);", "out_mutex"),
        )[choices.below(4)]
        if any(give in line for undo in writer.ladder + writer.stack for line in undo.lines):
            return
        writer.put(take)
        push(writer, Undo((give,), label))
    elif kind == 7:
        name = writer.helper("wants")
        writer.put(f"if ({name}(page)) {{")
        writer.depth += 1
        step(writer, nested=True)
        if choices.chance(50):
            step(writer, nested=True)
        writer.depth -= 1
        writer.put("}" if not choices.chance(25) else f"}} else {{\n\t{writer.helper('skip')}(page);\n}}")
    elif kind == 8:
        name = writer.helper("slot")
        writer.locals.append("struct slot *slot;")
        if any("free_slot(slot);" in undo.lines for undo in writer.ladder):
            return
        writer.put(f"slot = {name}(mapping);")
        unless_ok(writer, choices.one("!slot", "unlikely(!slot)", "slot == NULL"), choices.one("-ENOMEM", "-ENOSPC"))
        push(writer, Undo(("free_slot(slot);",), "out_slot"))
    elif kind == 9:
        config = choices.one("CONFIG_LARK", "CONFIG_WREN")
        writer.lines.append(f"#ifdef {config}")
        writer.put(f"{writer.helper('debug')}(page);")
        writer.lines.append("#endif")
    elif kind == 10:
        writer.put(f"do {{\n\t{writer.helper('prod')}(page);\n}} while ({writer.helper('more')}(mapping));")
    elif kind == 11 and not before:
        if any(undo.label.startswith("out_spin") for undo in writer.ladder):
            return
        is_set = any("page->mapping = NULL;" in undo.lines for undo in writer.ladder)
        if writer.setup and not is_set and not choices.chance(15):
            return  # the call may not come under it
        writer.put("spin_lock(&mapping->lock);")
        writer.atomic = True
        push(writer, Undo(("spin_unlock(&mapping->lock);",), "out_spin"))
    if choices.chance(15) and not nested:
        writer.lines.append("")


def set_up(writer: Writer) -> None:
    choices = writer.choices
    if writer.lines and writer.lines[-1]:
        writer.lines.append("")
    held = choices.chance(50)
    if held:
        writer.put("get_page(page);")
    writer.put("page->mapping = mapping;")
    if choices.chance(40):
        writer.put("page->index = index;")
    undo = ["page->mapping = NULL;"] + (["put_page(page);"] if held else [])
    push(writer, Undo(tuple(undo), choices.one("undo", "out_undo", "failed")))
    if choices.chance(50):
        writer.lines.append("")


def report(writer: Writer) -> bool:
    """Every exit tells what a variable holds by then."""
    writer.locals.append("int seen = 0;")
    push(writer, Undo((f"{writer.helper('report')}(mapping, seen);",), "out_report"))
    return True


def use_handle(writer: Writer, guard: str, percent: int) -> None:
    if not guard and not writer.setup and writer.choices.chance(percent):
        writer.put("count_memcg_events(memcg, THP_FAULT_ALLOC, 1);")


def mischief(writer: Writer, guard: str) -> None:
    """Something that most tools would get wrong, or that keeps a site from being rewritten."""
    choices = writer.choices
    kind = choices.below(9)
    if kind == 0:  # an exit that leaves the transaction open
        writer.put(f"if ({writer.helper('forgets')}(page))\n\treturn -EBUSY;")
    elif kind == 1:
        writer.put(f"page = {writer.helper('swap')}(page);")
    elif kind == 2:
        writer.put(f"{writer.helper('peek')}(page, memcg);")
    elif kind == 3 and "huge" in guard:
        writer.put(f"huge = {writer.helper('grown')}(mapping);")
    elif kind == 4:
        config = choices.one("CONFIG_LARK", "CONFIG_WREN")
        writer.lines.append(f"#ifdef {config}")
        unless_ok(writer, f"{writer.helper('locked')}(page)", "-EBUSY")
        writer.lines.append("#endif")
    elif kind == 5:
        writer.put("gfp &= ~__GFP_DIRECT_RECLAIM;")
    elif kind == 6:
        writer.put(f"mm = {writer.helper('owner')}(mapping);")
    elif kind == 7:
        writer.put(f"order = {writer.helper('order')}(mapping);")
    else:
        writer.put(f"index++;\nwhile ({writer.helper('more')}(mapping)) {{")
        writer.depth += 1
        step(writer, nested=True)
        writer.put(f"err = {writer.helper('probe')}(page);")
        unless_ok(writer, "err", "err")
        writer.depth -= 1
        writer.put("}")
