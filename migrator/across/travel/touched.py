"""What goes in one function that a handle passes through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.pattern.model import HandleUse
    from migrator.pattern.query import RoleMatch
    from migrator.transaction.model import FunctionModel, Transaction


class Touched(Struct, eq=False):
    """What goes in one function. Nodes are kept by the byte at which they start.

    ``known`` are uses of the handle that the pattern rewrites, ``roots`` the variables through which a member that
    carries the handle is reached.
    """

    model: FunctionModel
    transactions: list[Transaction] = field(default_factory=list)
    endings: dict[int, RoleMatch] = field(default_factory=dict)
    statements: dict[int, Node] = field(default_factory=dict)
    arguments: dict[int, tuple[Node, set[int]]] = field(default_factory=dict)
    parameters: set[int] = field(default_factory=set)
    locals: dict[int, Node] = field(default_factory=dict)
    pairs: dict[int, Node] = field(default_factory=dict)
    tests: dict[int, Node] = field(default_factory=dict)
    known: dict[int, tuple[Node, HandleUse, Mapping[str, str]]] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        """The file."""
        return self.model.source.path
