"""The parts of pytest's private API that ``recording/rerun.py`` relies on."""

from __future__ import annotations

import inspect

import pytest
from _pytest import unittest as pytest_unittest
from _pytest.doctest import DoctestItem
from _pytest.runner import SetupState


def test_setup_state_sets_up_and_tears_down_to_a_node() -> None:
    assert list(inspect.signature(SetupState.setup).parameters) == ["self", "item"]
    assert list(inspect.signature(SetupState.teardown_exact).parameters) == ["self", "nextitem"]


@pytest.mark.parametrize("kind", [pytest.Function, DoctestItem, pytest_unittest.TestCaseFunction])
def test_items_recreate_their_request(kind: type) -> None:
    assert list(inspect.signature(kind._initrequest).parameters) == ["self"]  # type: ignore[attr-defined]


def test_an_item_and_its_session_have_what_is_used(request: pytest.FixtureRequest) -> None:
    node = request.node
    assert isinstance(node.session._setupstate, SetupState)
    assert isinstance(node.stash._storage, dict)
    assert node.parent.listchain() == node.listchain()[:-1]


def test_a_unittest_case_keeps_its_failures() -> None:
    assert pytest_unittest.TestCaseFunction._excinfo is None


def test_a_collector_serves_as_the_next_item() -> None:
    """``run_protocol_again`` keeps what an item's parent shares by naming it as the next item."""
    source = inspect.getsource(SetupState.teardown_exact)
    assert "nextitem and nextitem.listchain()" in source


def test_an_item_asks_its_session_for_its_hooks(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = object()
    with monkeypatch.context() as patch:
        patch.setattr(request.session, "gethookproxy", lambda path: hooks)
        seen = request.node.ihook
    assert seen is hooks


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="subtests came with pytest 9")
def test_failed_subtests_are_counted_by_node_id(request: pytest.FixtureRequest) -> None:
    from _pytest.subtests import failed_subtests_key

    assert isinstance(request.config.stash[failed_subtests_key], dict)
