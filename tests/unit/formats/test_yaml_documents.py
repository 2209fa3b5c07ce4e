"""YAML documents: texts come back, and none breaks out of its line."""

from __future__ import annotations

from pathlib import Path

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.report.documents import BadFile

yaml = pytest.importorskip("yaml")


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(hostile.NAMES))
def test_a_text_comes_back_and_begins_no_line(text: str) -> None:
    from pytest_scer.formats.yaml_documents import dump_document

    document = {"name": text, "notes": [text, f"words {text} " * 20]}
    written = dump_document(document)
    assert yaml.safe_load(written) == document
    assert not hostile.CONTROL.search(written)
    assert not [line for line in written.splitlines() if line.lstrip().startswith("::")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a: &x [1]\nb: *x", "aliases are not read"),
        ("[" * 5000, "not YAML"),
        ("a: 2024-13-01", "not YAML"),
        ("a: [1", "not YAML"),
        ("a: \x07", "not YAML"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: str, says: str) -> None:
    from pytest_scer.formats.yaml_documents import load_documents

    path = tmp_path / "manifest.yaml"
    path.write_text(content)
    with pytest.raises(BadFile, match=says) as error:
        load_documents(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
