"""Whole transactions in shapes that the ladder of ``generate`` cannot make."""

from __future__ import annotations

from tests.oracle.writer import Writer, abort, begin_arguments, commit


def flagged(writer: Writer) -> None:
    """A whole transaction whose label asks a variable whether there is something to abort."""
    choices = writer.choices
    by_handle = choices.chance(50)
    writer.locals = [line for line in writer.locals if line != "struct mem_cgroup *memcg;"]
    writer.locals.append("struct mem_cgroup *memcg = NULL;")
    flag = "memcg" if by_handle else "charged"
    if not by_handle:
        writer.locals.append("bool charged = false;")
    label = "out"
    if choices.chance(50):
        writer.put(f"err = {writer.helper('prepare')}(mapping);")
        writer.put(f"if (err)\n\tgoto {label};")
    name, arguments = begin_arguments(writer, "page", "memcg")
    writer.call("err = ", name, arguments, ");")
    writer.put(f"if (err)\n\tgoto {label};")
    if not by_handle:
        writer.put("charged = true;")
    if writer.setup:
        writer.put("page->mapping = mapping;")
    for _ in range(1 + choices.below(2)):
        writer.put(f"err = {writer.helper('insert')}(page, index);")
        writer.put(f"if (err)\n\tgoto {label};")
    commit(writer, "page", "memcg", "")
    if choices.chance(50):
        writer.put("return 0;")
    elif by_handle:
        writer.put("memcg = NULL;")
    else:
        writer.put("charged = false;")
    writer.lines.append(f"{label}:")
    if writer.setup:
        writer.put("page->mapping = NULL;")
    cancel = abort(writer, "page", "memcg", "")[0]
    if choices.chance(50):
        writer.put(f"if ({flag})\n\t{cancel}")
    else:
        writer.put(f"if ({flag}) {{\n\t{cancel}\n\t{writer.helper('note')}(page);\n}}")
    if choices.chance(70):
        writer.put("put_page(page);" if choices.chance(50) else "if (err)\n\tput_page(page);")
    writer.put("return err;")


def counted(writer: Writer) -> None:
    """A bounded loop that begins anew on each turn, as in a fault handler that tries again."""
    choices = writer.choices
    writer.locals += ["int tries;"]
    writer.put("for (tries = 0; tries < 3; tries++) {")
    writer.depth += 1
    leave = choices.one("break;", "return err;")
    name, arguments = begin_arguments(writer, "page", "memcg")
    writer.call("err = ", name, arguments, ");")
    if choices.chance(40):
        writer.put("if (err == -EINTR)\n\tcontinue;")
    writer.put(f"if (err)\n\t{leave}")
    if writer.setup:
        writer.put("get_page(page);\npage->mapping = mapping;")
    writer.put(f"err = {writer.helper('link')}(page);")
    writer.put("if (!err) {")
    writer.depth += 1
    commit(writer, "page", "memcg", "")
    if choices.chance(60):
        writer.put("lru_cache_add_anon(page);")
    writer.put(choices.one("return 0;", "break;"))
    writer.depth -= 1
    writer.put("}")
    if writer.setup:
        writer.put("page->mapping = NULL;")
    writer.put(abort(writer, "page", "memcg", "")[0])
    if writer.setup:
        writer.put("put_page(page);")
    if choices.chance(40):
        writer.put(f"if (err != -EAGAIN)\n\t{leave}")
    elif choices.chance(50):
        writer.put("cond_resched();")
    writer.depth -= 1
    writer.put("}")
    if choices.chance(50):
        writer.put("if (err)\n\tput_page(page);")
    writer.put("return err;")


def odd(writer: Writer) -> None:
    """A transaction that begins and ends in ways that need care when statements go: no braces, no else, no label."""
    choices = writer.choices
    writer.void = choices.chance(35)
    _odd_begin(writer)
    if writer.setup:
        writer.put("page->mapping = mapping;")
    if choices.chance(40):
        writer.put(f"{writer.helper('touch')}(page);")
    undo = ["page->mapping = NULL;"] if writer.setup else []
    _odd_end(writer, undo, abort(writer, "page", "memcg", "")[0])


def _odd_begin(writer: Writer) -> None:
    choices = writer.choices
    name, arguments = begin_arguments(writer, "page", "memcg")
    form = choices.below(9)
    fail = choices.one("return err;", "goto out;")
    if form == 0:
        writer.call("if ((err = ", name, arguments, ")))")
        writer.put(f"\t{fail}")
    elif form == 1:
        writer.call("err = ", name, arguments, ");")
        writer.put(f"if (err) {{ {writer.helper('count')}(); {fail} }}")
    elif form == 2:
        writer.call("err = ", name, arguments, ");")
        writer.put(f"if (err == -EINTR)\n\terr = -EAGAIN;\nif (err)\n\t{fail}")
    elif form == 3:
        writer.call("while ((err = ", name, arguments, ")))")
        writer.put(f"\tif ({writer.helper('give_up')}(mm))\n\t\t{fail}")
    elif form == 4:
        writer.put("err = -EFAULT;")
        writer.call("if (", name, arguments, ") < 0)")
        writer.put(f"\t{fail}")
    elif form == 5:
        writer.call("err = ", name, arguments, ");")
        writer.put(f"switch (err) {{\ncase 0:\n\tbreak;\ncase -EINTR:\n\t{writer.helper('count')}();")
        writer.put(f"\t/* fall through */\ndefault:\n\t{fail}\n}}")
    elif form == 6:
        writer.put("if (order > 1)\n\tgfp |= __GFP_NORETRY;")
        writer.call("err = ", name, arguments, ");")
        writer.put(f"if (err && order > 1) {{\n\t{writer.helper('split')}(page);\n\t{fail}")
        writer.put(f"}} else if (err) {{\n\t{fail}\n}}")
    elif form == 7:
        writer.call("err = ", name, arguments, ") ? -EFAULT : 0;")
        writer.put(f"if (err)\n\t{fail}")
    else:
        writer.call("err = ", name, arguments, ");")
        writer.put(f"if (err)\n\t{fail}")


def _odd_end(writer: Writer, undo: list[str], cancel: str) -> None:
    choices = writer.choices
    test = f"{writer.helper('fails')}(page)"
    note = f"{writer.helper('note')}(page);"
    give = choices.one("put_page(page);", note)
    extra = ", false" if writer.arity == 5 else ""
    settle = f"mem_cgroup_commit_charge(page, memcg, false{extra});"
    form = choices.below(11)
    undone = "\n\t".join([*undo, cancel, give])
    if form == 0:  # both branches go, the test must not
        writer.put(f"if ({test})\n\t{cancel}\nelse\n\t{settle}")
    elif form == 1:
        writer.put(f"err = {test};\nif (!err)\n\t{settle}\nelse\n\t{cancel}")
    elif form == 2:
        other = f"{writer.helper('other')}(page)"
        writer.put(f"if ({test})\n\t{note}\nelse if ({other}) {{\n\t{undone}\n\treturn -EBUSY;\n}}")
        writer.put(settle)
    elif form == 3:
        writer.put(f"if ({test}) {{ {cancel} {give} return -EINVAL; }}\n{settle}")
    elif form == 4:  # a label at the end of a case
        writer.put(f"switch (order) {{\ncase 1:\n\t{cancel}\n\t{give}\n\tbreak;\ncase 0:\n\t{note}")
        writer.put("\t/* fall through */")
        writer.put(f"default:\n\t{settle}\n}}")
    elif form == 5:  # which if the else belongs to
        writer.put(f"if (order)\n\tif ({test})\n\t\t{cancel}\n\telse\n\t\t{settle}\nelse\n\t{settle}")
    elif form == 6:
        writer.put(f"if ({test} && order > 0) {{\n\t{undone}\n}} else {{\n\t{settle}\n\tlru_cache_add_anon(page);\n}}")
    elif form == 7:
        writer.put(f"do {{\n\terr = {test};\n}} while (err == -EAGAIN);")
        writer.put(f"if (err) {{\n\t{undone}\n\tgoto out;\n}}\n{settle}")
    elif form == 8:
        writer.put(f"if (!{test}) {{\n\t{settle}\n\treturn 0;\n}}")
        writer.put("\n".join([*undo, cancel, give]))
    elif form == 9:
        writer.put(f"err = {test};\nif (err)\n\tgoto cancel;\n{settle}\nreturn 0;")
        writer.lines.append("cancel:")
        writer.put(cancel)
    else:
        writer.put(f"{cancel} {give}\nreturn 0;" if choices.chance(20) else f"{note} {settle}")
    if any("goto out;" in line for line in writer.lines):
        writer.lines.append("out:")
        if choices.chance(50):
            writer.put(f"{writer.helper('done')}(mapping);")
        elif writer.void:
            writer.put(f"{note}")
    writer.put("return err;")
