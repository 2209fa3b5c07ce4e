"""Lazy dataclasses behave like those of the standard library."""

from __future__ import annotations

import copy
import math
import pickle
from dataclasses import asdict, field, fields, replace

import pytest

from pytest_scer.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """Frozen, with slots."""

    x: int
    y: float = 2.0
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Bag:
    """Open, with a list of its own."""

    things: list[str] = field(default_factory=list)
    secret: str = field(default="s", repr=False, compare=False)


@dataclass
class Positive:
    """Checks its value."""

    value: int

    def __post_init__(self) -> None:
        if self.value <= 0:
            raise ValueError("not positive")


@dataclass(frozen=True)
class Named:
    """Has a text of its own."""

    name: str

    def __repr__(self) -> str:
        return f"<{self.name}>"


@dataclass(frozen=True)
class Child(Named):
    """Adds a field."""

    age: int = 3


def test_values_come_by_position_name_and_default() -> None:
    first, second = Point(1), Point(x=1, y=2.0, notes=())
    assert (first.x, first.y, first.notes) == (1, 2.0, ())
    assert first == second
    assert hash(first) == hash(second)
    assert first != Point(2)
    other: object = (1, 2.0, ())
    assert first != other
    assert not hasattr(first, "__dict__")
    assert repr(first) == "Point(x=1, y=2.0, notes=())"


def test_equality_is_that_of_tuples() -> None:
    assert Point(1, math.nan) == Point(1, math.nan)  # one and the same object
    assert Point(1, math.nan) != Point(1, float("nan"))


def test_the_first_object_is_checked_like_the_next() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="not positive"):
            Positive(0)
        with pytest.raises(TypeError, match="value"):
            Positive()  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="colour"):
            Point(1, colour="red")  # type: ignore[call-arg]
    assert Positive(1).value == 1


@dataclass(slots=True)
class Counted:
    """Has fields that are not given."""

    name: str = "n"
    count: int = field(default=0, init=False)
    seen: list[int] = field(default_factory=list, init=False)


def test_fields_may_be_left_out_of_the_parameters() -> None:
    counted = Counted("m")
    assert (counted.name, counted.count, counted.seen) == ("m", 0, [])
    with pytest.raises(TypeError, match=r"Counted\.__init__"):
        Counted("m", 1)  # type: ignore[call-arg]


@dataclass
class Empty:
    """Has no field."""


def test_a_class_may_have_no_field() -> None:
    assert Empty() == Empty()


def test_defaults_are_not_shared() -> None:
    first, second = Bag(), Bag()
    first.things.append("a")
    assert second.things == []
    assert repr(second) == "Bag(things=[])"
    assert second == Bag(secret="t")


def test_only_what_cannot_be_changed_can_be_hashed() -> None:
    assert len({Point(1), Point(1)}) == 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(Bag())


def test_methods_of_the_class_are_kept_and_inherited() -> None:
    assert repr(Named("n")) == "<n>"
    child = Child("c")
    assert (child.name, child.age) == ("c", 3)
    assert child != Named("c")


def test_functions_of_the_standard_library_work() -> None:
    point = Point(1, notes=("a",))
    assert [each.name for each in fields(point)] == ["x", "y", "notes"]
    assert asdict(point) == {"x": 1, "y": 2.0, "notes": ("a",)}
    assert replace(point, x=5) == Point(5, notes=("a",))
    assert copy.deepcopy(point) == point
    assert pickle.loads(pickle.dumps(point)) == point
    match point:
        case Point(x, y):
            assert (x, y) == (1, 2.0)
        case _:
            pytest.fail("the pattern does not match")
