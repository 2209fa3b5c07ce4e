"""Constants of the field live in ``pytest_scer/sources``, and nowhere else."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from codecarbon.core import cpu
from codecarbon.external import ram

import pytest_scer
from pytest_scer.sources import grids, power
from pytest_scer.sources.entry import Constant
from pytest_scer.sources.listing import entries

PACKAGE = Path(pytest_scer.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent.name != "sources")

OF_THE_FIELD = re.compile(
    r"(?:^|_)(?:W|WATTS|G|KG|L|KWH|PUE|WUE|TDP|CO2E?|INTENSITY|TREE|NOISE|ACCURACY|TICK)(?:_|$)",
    re.IGNORECASE,
)
"""What the name of such a constant contains."""
CONVERSION = re.compile(r"(?:JOULES|SECONDS|HOURS|DAYS|GRAMS)_PER_")
"""What the name of a definition of a unit begins with."""
CARRIERS = {"Accuracy", "Scatter", "CarbonIntensity", "Noise", "Known"}
"""The classes that carry such figures."""
IN_WORDS = re.compile(r"\b\d+(?:\.\d+)? (?:W|g|L|g/kWh|gCO2e?) (?:per|for|a|each|of)\b")
"""Such a figure in a text that users read."""
CHOSEN = {
    ("recording/regressions.py", "NOISE_OF_CONTROLS"): "a threshold of the gate, not a figure",
}
"""Names that only look like constants of the field, with the reason."""
TELLING = {
    each.value
    for of_subject in entries().values()
    for each in of_subject
    if isinstance(each, Constant) and len(f"{each.value:.15g}".strip("0.").replace(".", "")) >= 3
}
"""Values with three or more digits: no other number of the package is likely to be the same."""


def is_telling(number: object) -> bool:
    """Whether it is no zero, one or power of ten, which convert units and count."""
    if isinstance(number, bool) or not isinstance(number, int | float) or number <= 0:
        return False
    return not math.log10(number).is_integer()


def own(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of an expression, without those inside of calls in it."""
    yield node
    for part in ast.iter_child_nodes(node):
        if not isinstance(part, ast.Call):
            yield from own(part)


def has_numbers(node: ast.AST) -> bool:
    """Whether numbers are written down in it."""
    return any(isinstance(each, ast.Constant) and is_telling(each.value) for each in own(node))


def named(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Every name of a module that is given a value: assigned, by default, or as an argument."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            yield from ((ast.unparse(target), node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield ast.unparse(node.target), node.value
        elif isinstance(node, ast.Call):
            yield from ((each.arg, each.value) for each in node.keywords if each.arg)
        elif isinstance(node, ast.FunctionDef):
            positional = [*node.args.posonlyargs, *node.args.args]
            last_first = zip(reversed(positional), reversed(node.args.defaults), strict=False)
            yield from ((argument.arg, default) for argument, default in last_first)
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
                if default is not None:
                    yield argument.arg, default


def is_literal(value: ast.expr) -> bool:
    """Whether it is written down rather than calculated or looked up."""
    return not any(isinstance(node, ast.Call | ast.Name) for node in own(value))


def docstrings(tree: ast.Module) -> set[int]:
    """The lines on which texts for readers of the code begin."""
    return {
        node.value.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def strays(source: str, path: str = "") -> list[str]:
    """The constants of the field that a module has of its own."""
    tree = ast.parse(source)
    found = [
        f"{name} = {ast.unparse(value)}"
        for name, value in named(tree)
        if OF_THE_FIELD.search(name)
        and not CONVERSION.match(name)
        and is_literal(value)
        and has_numbers(value)
        and (path, name) not in CHOSEN
    ]
    inside = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CARRIERS and has_numbers(node):
            found.append(ast.unparse(node))
        elif isinstance(node, ast.Constant) and node.lineno not in inside:
            value = node.value
            if isinstance(value, str) and IN_WORDS.search(value):
                found.append(value)
            elif isinstance(value, int | float) and value in TELLING:
                found.append(str(value))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_constant_of_the_field_lives_elsewhere(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    assert strays(path.read_text(encoding="utf-8"), name) == [], "move it to pytest_scer/sources"


@pytest.mark.parametrize(
    "source",
    [
        "IDLE_W = 65.0",
        "TREE_MONTH = 11_000 / 12",
        "def f(pue=1.2): ...",
        "def f(*, g_per_kwh: float = 300.0): ...",
        "class A:\n    wue_l: float = 1.8",
        "x = Scatter(0.24, 0.2)",
        "x = Noise(math.sqrt(2) * 0.12, sources.PROCESS.value)",
        "x = sourced(Accuracy(-0.2, 0.3, 'judgement', 'me'))",
        "parser.add_argument('--intensity', default=475.0)",
        "x = 'a thread draws 4 W per core'",
        "x = f'{name}: 475 g per kWh'",
    ],
)
def test_the_walk_finds(source: str) -> None:
    assert strays(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""A thread draws 4 W per core."""',
        "JOULES_PER_WH = 3600.0",
        "MASS_G = {'g': 1.0, 'kg': 1e3}",
        "used_w = 2 * idle_w",
        "IDLE_W = power.THREAD.value",
        "x = Noise(math.sqrt(2) * sources.SINGLE_RUN.value, 0.0)",
        "TOP = 20",
    ],
)
def test_the_walk_leaves_alone(source: str) -> None:
    assert strays(source) == []


def test_the_figures_that_codecarbon_uses_are_the_listed_ones() -> None:
    assert power.THREAD.value == cpu.DEFAULT_POWER_PER_CORE
    assert power.MODULE.value == ram.RAM_SLOT_POWER_X86


def test_the_world_average_is_the_listed_one() -> None:
    from pytest_scer.core.intensity import Place
    from pytest_scer.meters.codecarbon.grids import carbon_intensity

    grid = carbon_intensity(Place())
    assert grid.g_per_kwh == grids.WORLD.value
    assert grid.year == 2018
    assert grid.source.startswith("IEA, Global Energy & CO2 Status Report 2019, through CodeCarbon")
