"""Whole functions whose object comes into being behind the begin, for the placement at-commit: see ``generate``.

A handle is taken, the charge begun, things are done that can fail, the folio is made, more is done, the charge is
committed. Every exit gives back what is held there; some functions do something on the way that must be refused.
"""

from __future__ import annotations

from msgspec import Struct, field

from tests.oracle.choices import Choices

_WORDS = ("tarn", "reed", "loam", "moor", "fen", "glade", "heath", "marsh", "dune", "crag")


class _Late(Struct):
    """The function so far. ``stack``: what an exit has to run, innermost last; ``ladder``: exits jumped to."""

    choices: Choices
    word: str
    pointer: bool
    soft: bool
    variable: str
    lines: list[str] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)
    ladder: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    counter: int = 0
    depth: int = 1

    def put(self, text: str) -> None:
        self.lines += ["\t" * self.depth + line if line else line for line in text.split("\n")]

    def helper(self, what: str) -> str:
        self.counter += 1
        return f"{self.word}_{what}{self.counter}"

    def returned(self, code: str) -> str:
        return f"ERR_PTR({code})" if self.pointer else code

    def leave(self, code: str, *, extra: str = "") -> None:
        """An exit with what is on the stack: inline, or by a label that undoes just that."""
        undo = tuple(reversed(self.stack))
        if self.choices.chance(50) and not extra:
            known = next((label for label, lines, value in self.ladder if (lines, value) == (undo, code)), "")
            label = known or f"out{len(self.ladder) + 1}"
            if not known:
                self.ladder.append((label, undo, code))
            self.put(f"goto {label};")
            return
        for line in (*([extra] if extra else []), *undo):
            self.put(line)
        self.put(f"return {self.returned(code)};")

    def fails(self, test: str, code: str, *, extra: str = "") -> None:
        self.put(f"if ({test}) {{")
        self.depth += 1
        self.leave(code, extra=extra)
        self.depth -= 1
        self.put("}")


def generate_late(choices: Choices, number: int) -> str:
    """One function, called ``subject_NUMBER``."""
    soft = choices.chance(50)
    variable = choices.one("charged", "err") if not soft else choices.one("charged", "memcg_ret")
    late = _Late(choices, f"{_WORDS[number % len(_WORDS)]}{number}", choices.chance(40), soft, variable)
    declared = choices.chance(50)
    if choices.chance(25):
        late.put(f"{late.helper('hold')}(h);")
        late.stack.append(f"{late.word}_let_go(h);")
    for _ in range(choices.below(2)):
        _step(late)
    if not declared:
        late.put("memcg = get_mem_cgroup_from_current();")
    late.stack.append("mem_cgroup_put(memcg);")
    _begin(late)
    cancel = "mem_cgroup_cancel_charge(memcg, pages_per_huge_page(h));"
    late.stack.append(f"if (!{variable})\n\t{cancel}" if soft else cancel)
    for _ in range(choices.below(3)):
        _step(late)
    if choices.chance(12):
        _mischief(late)
    _make(late)
    for _ in range(choices.below(3)):
        _step(late, made=True)
    _commit(late)
    if choices.chance(20):
        late.put(f"{late.helper('show')}(folio);")
    late.put("mem_cgroup_put(memcg);")
    late.put(f"{late.word}_let_go(h);" if late.stack and "let_go" in late.stack[0] else "")
    late.put("return folio;" if late.pointer else "return 0;")
    for label, undo, code in late.ladder:
        late.lines.append(f"{label}:")
        for line in undo:
            late.put(line)
        late.put(f"return {late.returned(code)};")
    return _function(late, number, declared)


def _function(late: _Late, number: int, declared: bool) -> str:
    memcg = "struct mem_cgroup *memcg" + (" = get_mem_cgroup_from_current();" if declared else ";")
    declarations = [memcg, "struct folio *folio;", "int err;", "long nr = 0;"]
    declarations += [f"int {late.variable};"] if late.variable != "err" else []
    kind = "struct folio *" if late.pointer else "int "
    head = f"static {kind}subject_{number}(struct hstate *h, gfp_t gfp, int order)"
    body = [line for index, line in enumerate(late.lines) if line or (index and late.lines[index - 1])]
    return "\n".join([head, "{", *(f"\t{line}" for line in declarations), "", *body, "}", ""])


def _begin(late: _Late) -> None:
    choices, variable = late.choices, late.variable
    size = choices.one("pages_per_huge_page(h)", "pages_per_huge_page(h)", "pages_per_huge_page(h)", "order")
    call = f"mem_cgroup_hugetlb_try_charge(memcg, gfp, {size})"
    extra = f"{late.helper('miss')}(h);" if choices.chance(15) else ""
    if late.soft:
        late.put(f"{variable} = {call};")
        late.fails(f"{variable} == -ENOMEM", "-ENOMEM", extra=extra)
    elif choices.chance(40):
        late.fails(choices.one(call, f"unlikely({call})"), choices.one("-ENOMEM", "-EAGAIN"), extra=extra)
    else:
        late.put(f"{variable} = {call};")
        code = choices.one("-ENOMEM", variable)
        late.fails(choices.one(variable, f"{variable} < 0", f"unlikely({variable})"), code, extra=extra)


def _step(late: _Late, made: bool = False) -> None:
    choices = late.choices
    given = "h, folio" if made else "h"
    form = choices.below(10)
    code = choices.one("-ENOSPC", "-ENOMEM", "-EBUSY")
    if form in (0, 1):
        late.put(f"err = {late.helper('do')}({given});")
        late.fails(choices.one("err", "err < 0"), choices.one(code, "err"))
    elif form == 2:
        late.fails(f"!{late.helper('may')}({given})", code)
    elif form == 3:
        late.put(f"{late.helper('note')}({given});")
    elif form == 4:
        late.put(f"spin_lock(&h->lock);\n{late.helper('count')}({given});\nspin_unlock(&h->lock);")
    elif form == 5:
        late.put(f"if (order)\n\t{late.helper('big')}({given});")
    elif form == 7:
        late.fails("hugepage_subpool_get_pages(h, 1) < 0", code)
        late.stack.append("hugepage_subpool_put_pages(h, 1);")
    elif form == 8 and made:
        late.put("hugetlb_set_folio_subpool(folio, h);")
    elif form == 6:
        late.put(f"h->free = {late.helper('rest')}({given});")
    else:
        late.put(f"nr = {late.helper('size')}({given});")


def _make(late: _Late) -> None:
    choices = late.choices
    name = late.helper("make")
    locked = choices.chance(30)
    late.put(f"spin_lock_irq(&h->lock);\nfolio = {name}(h, nr);\nspin_unlock_irq(&h->lock);" if locked else "")
    if not locked:
        late.put(f"folio = {name}(h, nr);")
    late.fails("!folio", choices.one("-ENOSPC", "-ENOMEM"))
    late.stack.append("folio_put(folio);")


def _commit(late: _Late) -> None:
    choices = late.choices
    call = "mem_cgroup_commit_charge(folio, memcg);"
    if late.soft:
        call = f"if ({choices.one('!' + late.variable, late.variable + ' == 0')})\n\t{call}"
    if choices.chance(6):
        late.put(f"spin_lock(&h->lock);\n{call}\nspin_unlock(&h->lock);")
        return
    if choices.chance(6):
        abort = next(line for line in late.stack if "cancel" in line)
        indented = "\n".join("\t" + line for line in call.split("\n"))
        dropped = "\n".join("\t" + line for line in abort.split("\n"))
        late.put(f"if (order) {{\n{indented}\n}} else {{\n{dropped}\n}}")
        return
    late.put(call)


def _mischief(late: _Late) -> None:
    """Something that must be refused, or be warned of."""
    choices, variable = late.choices, late.variable
    form = choices.below(6)
    if form == 0:
        late.put("gfp &= ~__GFP_ZERO;")
    elif form == 1 and late.soft:
        late.put(f"if ({variable})\n\t{late.helper('without')}(h);")
    elif form == 2:
        late.put(f"mutex_lock(&h->resize);\n{late.helper('grow')}(h);\nmutex_unlock(&h->resize);")
    elif form == 3:
        late.put("mutex_lock(&h->resize);")
        late.stack.append("mutex_unlock(&h->resize);")
    elif form == 4:
        late.put(f"{late.word}_let_go(h);")
        late.stack = [line for line in late.stack if "let_go" not in line]
    else:
        late.put(f"while (nr < order)\n\tnr += {late.helper('more')}(h);")
