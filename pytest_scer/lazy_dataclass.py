"""Dataclasses whose ``__init__`` is compiled when the first object is made.

``dataclasses.dataclass`` compiles up to six functions a class, which takes half a millisecond. A
session defines more than a hundred such classes and makes objects of a third of them. What is made
while a test is measured uses the standard decorator all the same: the first object of a class must
not cost more than the next.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        cls: type | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True
    ) -> Any:
        """Like the standard decorator, except that only type checkers enforce ``frozen``.

        Args:
            cls: The class.
            frozen: Whether objects can be hashed, and are not changed.
            slots: Whether objects have no ``__dict__``.
            eq: Whether objects with the same values are equal.
        """

        def decorated(cls: type) -> type:
            bare = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)
            return _with_methods(bare(cls), frozen=frozen, eq=eq)

        return decorated if cls is None else decorated(cls)


def _with_methods(cls: Any, *, frozen: bool, eq: bool) -> Any:
    """Add the methods of a dataclass that the class does not define itself."""
    fields = dataclasses.fields(cls)
    methods: dict[str, Callable[..., Any] | None] = {"__init__": _init(cls)}
    methods["__repr__"] = _repr([field.name for field in fields if field.repr])
    if eq:
        values = _values([field.name for field in fields if field.compare])

        def equal(self: object, other: object) -> Any:
            if other.__class__ is not self.__class__:
                return NotImplemented
            return values(self) == values(other)

        def hashed(self: object) -> int:
            return hash(values(self))

        methods["__eq__"] = equal
        # Python adds "__hash__ = None" to a class that defines __eq__.
        methods["__hash__"] = hashed if frozen else None
    for name, method in methods.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


def _init(cls: Any) -> Callable[..., None]:
    """An ``__init__`` that compiles the one of this class, and leaves its place to it."""

    def init(self: Any, /, *args: Any, **kwargs: Any) -> None:
        cls.__init__ = compiled = _compiled(cls)
        compiled(self, *args, **kwargs)

    return init


def _compiled(cls: Any, execute: Callable[..., None] = exec) -> Callable[..., None]:
    """The ``__init__`` of a class: its fields are the parameters, in their order.

    Args:
        cls: The class.
        execute: Python's own ``exec``, which a test may replace later.
    """
    parameters, lines = ["self"], []
    names: dict[str, Any] = {"MISSING": dataclasses.MISSING}
    for number, field in enumerate(dataclasses.fields(cls)):
        name, default, factory = field.name, f"default{number}", f"factory{number}"
        names[default], names[factory] = field.default, field.default_factory
        is_made = field.default_factory is not dataclasses.MISSING
        has_default = field.default is not dataclasses.MISSING
        if not field.init:
            value = f"{factory}()" if is_made else default
        elif is_made:
            parameters.append(f"{name}=MISSING")
            value = f"{factory}() if {name} is MISSING else {name}"
        else:
            parameters.append(f"{name}={default}" if has_default else name)
            value = name
        if field.init or is_made or has_default:
            lines.append(f"    self.{name} = {value}\n")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()\n")
    execute(f"def __init__({', '.join(parameters)}):\n{''.join(lines) or '    pass'}", names)
    compiled: Callable[..., None] = names["__init__"]
    compiled.__qualname__ = f"{cls.__qualname__}.__init__"
    return compiled


def _repr(names: list[str]) -> Callable[[object], str]:
    def shown(self: object) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({values})"

    return shown


def _values(names: list[str]) -> Callable[[object], tuple[Any, ...]]:
    """A function that returns the values of these attributes."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)
