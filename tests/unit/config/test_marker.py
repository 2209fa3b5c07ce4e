"""The ``scer`` marker: merged across levels, validated at collection."""

from __future__ import annotations

import pytest

from pytest_scer.config.marker import CHECKS, Marker, Marks, read_marker, with_configured_budgets
from pytest_scer.config.settings import Settings
from pytest_scer.scoring.protocols import BUILT_IN

MERGED = """
import pytest

pytestmark = pytest.mark.scer(model="of module", category="of module", repeats=9)

@pytest.mark.scer("9 J", phase="training", category="of class", warmup=9)
class TestIt:
    @pytest.mark.scer("2 J", phase="inference")
    @pytest.mark.scer("1 J", on_exceed="warn", phase="training")
    @pytest.mark.parametrize("n", [
        1,
        pytest.param(2, marks=pytest.mark.scer(repeats="auto")),
        pytest.param(3, marks=pytest.mark.scer("3 J")),
    ])
    def test_it(self, n):
        pass
"""


def collect(pytester: pytest.Pytester, source: str) -> list[pytest.Item]:
    known = "ignore::pytest.PytestUnknownMarkWarning"
    items, _ = pytester.inline_genitems("-W", known, pytester.makepyfile(source))
    return items


def read(pytester: pytest.Pytester, decorator: str) -> Marker | None:
    (item,) = collect(pytester, f"import pytest\n{decorator}\ndef test_func(): pass")
    return read_marker(item, Marks())


def refusal(pytester: pytest.Pytester, decorator: str) -> str:
    with pytest.raises(pytest.UsageError) as refused:
        read(pytester, decorator)
    return str(refused.value)


def budgets(marker: Marker | None) -> list[str]:
    assert marker is not None
    return [limit.budget.text for limit in marker.limits]


def test_no_marker_is_none(pytester: pytest.Pytester) -> None:
    assert read(pytester, "") is None


def test_an_empty_marker_asks_to_be_measured(pytester: pytest.Pytester) -> None:
    assert read(pytester, "@pytest.mark.scer") == Marker()


def test_every_argument(pytester: pytest.Pytester) -> None:
    marker = read(
        pytester,
        "@pytest.mark.scer('2 mg', budget=['30 J', '0.1 mg per token'], phase='inference', "
        "category='text-generation', model='gpt2', covers='all', repeats=5, warmup=0, "
        "protocol='ai-energy-score-text-generation', "
        "min_time=0.5, max_time=3, on_exceed='warn', estimates=True)",
    )
    assert budgets(marker) == ["2 mg", "30 J", "0.1 mg per token"]
    assert marker is not None
    assert {name: getattr(marker, name) for name in CHECKS} == {
        "phase": "inference",
        "category": "text-generation",
        "model": "gpt2",
        "protocol": BUILT_IN["ai-energy-score-text-generation"],
        "covers": "all",
        "repeats": 5,
        "warmup": 0,
        "min_time": 0.5,
        "max_time": 3.0,
        "on_exceed": "warn",
        "estimates": True,
    }


def test_markers_merge_field_by_field(pytester: pytest.Pytester) -> None:
    marks = Marks()
    plain, auto, own_budget = (read_marker(item, marks) for item in collect(pytester, MERGED))
    # The decorator next to the function comes first.
    assert plain is not None
    assert (plain.phase, plain.on_exceed) == ("training", "warn")
    assert (plain.warmup, plain.category) == (9, "of class")
    assert (plain.model, plain.repeats) == ("of module", 9)
    # Budgets stacked on one level all count; those of the class do not.
    assert budgets(plain) == ["1 J", "2 J"]
    assert {limit.source for limit in plain.limits} == {"@pytest.mark.scer on the function"}
    # The parameter set comes before the function.
    assert auto is not None
    assert auto.repeats == "auto"
    assert budgets(auto) == ["1 J", "2 J"]
    assert budgets(own_budget) == ["3 J"]


def test_the_inner_class_comes_before_the_outer_one(pytester: pytest.Pytester) -> None:
    (item,) = collect(
        pytester,
        """
        import pytest

        @pytest.mark.scer("9 J")
        class TestOuter:
            @pytest.mark.scer("1 J")
            class TestInner:
                def test_it(self): pass
        """,
    )
    assert budgets(read_marker(item, Marks())) == ["1 J"]


def test_a_class_inherits_the_marker_of_its_base(pytester: pytest.Pytester) -> None:
    (item,) = collect(
        pytester,
        """
        import pytest

        @pytest.mark.scer(phase="training")
        class Base:
            def test_it(self): pass

        @pytest.mark.scer(model="derived")
        class TestDerived(Base): pass
        """,
    )
    marker = read_marker(item, Marks())
    assert marker is not None
    assert (marker.model, marker.phase) == ("derived", "training")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("budgets='1 J'", "unknown argument 'budgets'"),
        ("colour='green'", "unknown argument 'colour'"),
        ("'5 bananas'", "'5 bananas' is not a budget"),
        ("budget='-3 g'", "'-3 g' is not a budget"),
        ("budget=['1 J', 'nan g']", "'nan g' is not a budget"),
        ("3", "3 is not a budget"),
        ("budget=3", "budget=3"),
        ("budget=[3]", "3 is not a budget"),
        ("phase='prefill'", "phase: 'prefill' is unknown: expected 'training' or 'inference'"),
        ("phase=[]", "phase: []"),
        ("category=''", "category: '' is not a name"),
        ("model=7", "model: 7 is not a name"),
        ("covers='setup'", "covers: 'setup' is unknown: expected 'call' or 'all'"),
        ("repeats=0", "repeats: 0"),
        ("repeats=True", "repeats: True"),
        ("repeats='often'", "or 'auto'"),
        ("warmup=-1", "warmup: -1"),
        ("warmup=1.5", "warmup: 1.5"),
        ("min_time=-1", "min_time: -1"),
        ("max_time='soon'", "max_time: 'soon'"),
        ("max_time=float('nan')", "max_time: nan"),
        ("on_exceed='shout'", "on_exceed: 'shout' is unknown: expected 'fail' or 'warn'"),
    ],
)
def test_a_bad_argument_is_refused_with_the_name_of_the_test(
    pytester: pytest.Pytester, arguments: str, says: str
) -> None:
    message = refusal(pytester, f"@pytest.mark.scer({arguments})")
    assert says in message
    assert "::test_func: @pytest.mark.scer on the function" in message


def test_an_argument_that_an_inner_level_overrides_is_checked_too(
    pytester: pytest.Pytester,
) -> None:
    message = refusal(pytester, "@pytest.mark.scer(warmup=-1)\n@pytest.mark.scer(warmup=1)")
    assert "warmup: -1" in message


# Budgets of the configuration


def configured(pytester: pytest.Pytester, ini: str, *args: str) -> Settings:
    pytester.makeini(f"[pytest]\n{ini}")
    return Settings.from_pytest_config(pytester.parseconfig(*args))


RULES = """
scer_budgets =
    * = 9 J
    mark:slow = 7 J
    *::test_func[[]a] = 8 J
    sum(*) = 1 kJ
    model:gpt* = 5 J
"""


@pytest.mark.parametrize(
    ("decorator", "budget", "source"),
    [
        ("", "9 J", "scer_budgets (tox.ini): * = 9 J"),
        ("@pytest.mark.slow", "7 J", "scer_budgets (tox.ini): mark:slow = 7 J"),
        ("@pytest.mark.scer(model='gpt2')", "5 J", "scer_budgets (tox.ini): model:gpt* = 5 J"),
        ("@pytest.mark.slow\n@pytest.mark.scer(model='gpt2')", "5 J", None),
        ("@pytest.mark.scer('1 J', model='gpt2')", "1 J", "@pytest.mark.scer on the function"),
    ],
)
def test_the_marker_comes_before_the_last_rule_that_matches(
    pytester: pytest.Pytester, decorator: str, budget: str, source: str | None
) -> None:
    settings = configured(pytester, RULES, "--scer-test-budget=99 J")
    (item,) = collect(pytester, f"import pytest\n{decorator}\ndef test_func(): pass")
    marker = with_configured_budgets(read_marker(item, Marks()), item, Marks(), settings)
    assert budgets(marker) == [budget]
    assert source is None or marker.limits[0].source == source


def test_the_default_is_for_tests_without_any_other(pytester: pytest.Pytester) -> None:
    settings = configured(
        pytester,
        "scer_budgets = mark:slow = 7 J",
        "--scer-test-budget=2 J",
        "--scer-test-budget=2 g",
    )
    (item,) = collect(pytester, "def test_func(): pass")
    marker = with_configured_budgets(None, item, Marks(), settings)
    assert budgets(marker) == ["2 J", "2 g"]
    assert marker.limits[0].source == "--scer-test-budget"
