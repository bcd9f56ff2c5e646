"""What a C text says about its types: locals, parameters, and the structs that a shim must give it.

A type is a base name and a number of stars; everything that is not a pointer is a number. The fields of a struct
that the text does not define are those that it uses; what a field holds is told by its name, as a reader would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field
from tree_sitter import Node

from migrator.source import Function, SourceFile
from migrator.syntax import declared_name, node_text, walk


class CType(Struct, frozen=True):
    """``base`` without qualifiers, e.g. ``struct page``; ``stars``: levels of pointers (arrays count as one)."""

    base: str
    stars: int = 0

    @property
    def target(self) -> str:
        """What a pointer to it is an object of: ``page``, ``pte_t``, ``page*``."""
        return self.base.removeprefix("struct ") + "*" * (self.stars - 1)


NUMBER = CType("long")

# What fields of these names point to, in any struct. Others are numbers.
_FIELDS: Mapping[str, str] = {
    "page": "page", "cow_page": "page", "old_page": "page", "new_page": "page", "vma": "vm_area_struct",
    "mm": "mm_struct", "vm_mm": "mm_struct", "charge_mm": "mm_struct", "mapping": "address_space",
    "i_mapping": "address_space", "memcg": "mem_cgroup", "pmd": "pmd_t", "pte": "pte_t", "ptl": "spinlock_t",
    "host": "inode", "vm_file": "file", "inode": "inode",
    "f_inode": "inode",
}  # fmt: skip
_ALWAYS: Mapping[str, tuple[str, ...]] = {
    "page": ("mapping", "index", "flags", "private"),
    "task_struct": ("mm",),
    "vm_area_struct": ("vm_mm", "vm_page_prot", "vm_flags"),
}
_QUALIFIERS = frozenset(["static", "const", "volatile", "inline", "extern", "register", "__user", "unsigned", "signed"])


class Types(Struct):
    """The structs of a text: ``fields`` by struct and field; ``own`` are those that it defines itself."""

    fields: dict[str, dict[str, CType]] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)


def declared_type(node: Node, declarator: Node | None) -> CType:
    """The type that a declaration (or parameter, or function) node gives to one of its declarators."""
    kind = node.child_by_field_name("type")
    base = node_text(kind) if kind is not None else "int"
    if kind is not None and kind.type == "struct_specifier":
        name = kind.child_by_field_name("name")
        base = f"struct {node_text(name)}" if name is not None else "struct"
    base = " ".join(word for word in base.split() if word not in _QUALIFIERS) or "int"
    stars = 0
    while declarator is not None and declarator.type not in ("identifier", "field_identifier"):
        if declarator.type in ("pointer_declarator", "array_declarator", "abstract_pointer_declarator"):
            stars += 1
        declarator = declarator.child_by_field_name("declarator")
    return CType(base, stars)


def declarators(node: Node) -> Iterator[Node]:
    """The declarators of a declaration or parameter."""
    yield from node.children_by_field_name("declarator")


def variables(function: Function) -> dict[str, CType]:
    """All parameters and locals of a function by name; scopes are not told apart."""
    found: dict[str, CType] = {}
    for node in walk(function.node):
        if node.type in ("declaration", "parameter_declaration"):
            for declarator in declarators(node):
                name = declared_name(declarator)
                if name is not None:
                    found[node_text(name)] = declared_type(node, declarator)
    return found


def parameters(function: Function) -> list[tuple[str, CType]]:
    """The parameters in order; unnamed ones get a name."""
    declarator = function.node.child_by_field_name("declarator")
    while declarator is not None and declarator.type != "function_declarator":
        declarator = declarator.child_by_field_name("declarator")
    listed = None if declarator is None else declarator.child_by_field_name("parameters")
    found = []
    for node in listed.named_children if listed is not None else ():
        if node.type == "parameter_declaration":
            inner = node.child_by_field_name("declarator")
            name = None if inner is None else declared_name(inner)
            if name is not None:
                found.append((node_text(name), declared_type(node, inner)))
    return found


def returned_type(function: Function) -> CType:
    """What a function returns."""
    return declared_type(function.node, function.node.child_by_field_name("declarator"))


def field_type(name: str) -> CType:
    """What a field of this name holds."""
    target = _FIELDS.get(name)
    if target is None:
        return NUMBER
    return CType(target if target.endswith("_t") else f"struct {target}", 1)


def expression_type(node: Node, known: Mapping[str, CType]) -> CType:
    """The type of an lvalue; a number for what is not understood."""
    if node.type == "identifier":
        return known.get(node_text(node), CType("struct task_struct", 1) if node_text(node) == "current" else NUMBER)
    if node.type == "field_expression":
        name = node.child_by_field_name("field")
        return field_type(node_text(name)) if name is not None else NUMBER
    if node.type == "pointer_expression" or node.type == "subscript_expression":
        argument = node.child_by_field_name("argument")
        if argument is not None and node_text(node).startswith("*") | (node.type == "subscript_expression"):
            inner = expression_type(argument, known)
            return CType(inner.base, max(inner.stars - 1, 0))
    if node.type == "parenthesized_expression" and node.named_child_count == 1:
        return expression_type(node.named_children[0], known)
    return NUMBER


def collect(types: Types, source: SourceFile) -> None:
    """Add the structs of a text and the fields that it uses."""
    for node in walk(source.tree.root_node):
        if node.type == "struct_specifier":
            name = node.child_by_field_name("name")
            if name is None:
                continue
            if node.child_by_field_name("body") is not None:
                types.own.add(node_text(name))
            else:
                _of(types, node_text(name))
    for function in source.functions:
        known = variables(function)
        for node in walk(function.body):
            if node.type == "initializer_list":
                _collect_designated(types, node, known)
            if node.type != "field_expression":
                continue
            owner, name = node.child_by_field_name("argument"), node.child_by_field_name("field")
            if owner is None or name is None:
                continue
            kind = expression_type(owner, known)
            if kind.base.startswith("struct "):
                _of(types, kind.base.removeprefix("struct "))[node_text(name)] = field_type(node_text(name))
    pending = list(types.fields)
    while pending:
        for kind in list(types.fields[pending.pop()].values()):
            if kind.base.startswith("struct ") and kind.base.removeprefix("struct ") not in types.fields:
                _of(types, kind.base.removeprefix("struct "))
                pending.append(kind.base.removeprefix("struct "))


def own_fields(sources: Iterable[SourceFile]) -> dict[str, dict[str, CType]]:
    """The fields of the structs that the texts define, as far as they are pointers and plain numbers."""
    found: dict[str, dict[str, CType]] = {}
    for source in sources:
        for node in walk(source.tree.root_node):
            name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
            if node.type != "struct_specifier" or name is None or body is None:
                continue
            fields = found.setdefault(node_text(name), {})
            for member in body.named_children:
                bits = any(child.type == "bitfield_clause" for child in member.children)
                for declarator in declarators(member) if member.type == "field_declaration" and not bits else ():
                    inner, kind = declared_name(declarator), declared_type(member, declarator)
                    plain = kind.stars or not kind.base.startswith(("struct", "union"))
                    shaped = {item.type for item in walk(declarator)} & {"array_declarator", "function_declarator"}
                    if inner is not None and plain and not shaped:
                        fields[node_text(inner)] = kind
    return found


def _collect_designated(types: Types, values: Node, known: Mapping[str, CType]) -> None:
    """Fields that an initialiser of a local struct names."""
    declarator = values.parent.child_by_field_name("declarator") if values.parent is not None else None
    name = declared_name(declarator) if declarator is not None else None
    kind = known.get(node_text(name), NUMBER) if name is not None else NUMBER
    if not kind.base.startswith("struct "):
        return
    for node in walk(values):
        if node.type == "field_designator":
            inner = node_text(node).lstrip(".").strip()
            _of(types, kind.base.removeprefix("struct "))[inner] = field_type(inner)


def unknown_type_names(source: SourceFile, known: frozenset[str]) -> set[str]:
    """Names used as types that neither the text nor the shim defines."""
    used: set[str] = set()
    defined: set[str] = set()
    for node in walk(source.tree.root_node):
        if node.type == "type_identifier" and node.parent is not None:
            parent = node.parent.type
            if parent == "type_definition" and node == node.parent.child_by_field_name("declarator"):
                defined.add(node_text(node))
            elif parent not in ("struct_specifier", "enum_specifier", "union_specifier"):
                used.add(node_text(node))
    return used - defined - known


def _of(types: Types, name: str) -> dict[str, CType]:
    if name not in types.fields:
        types.fields[name] = {inner: field_type(inner) for inner in _ALWAYS.get(name, ())}
    return types.fields[name]
