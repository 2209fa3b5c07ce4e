"""Reading files: encodings, sizes, and one message for anything wrong."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pytest_scer.report.documents import BadFile, read_bytes, read_json, read_text


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_with_and_without_a_mark(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, '{"é": "日本"}'.encode(encoding))
    assert read_bytes(path) == '{"é": "日本"}'.encode()
    assert read_text(path) == '{"é": "日本"}'
    assert read_json(path, "anything") == {"é": "日本"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{}".encode("utf-16-le"), "looks like UTF-16 without a byte order mark"),
        ("{}".encode("utf-16-be"), "looks like UTF-16 without a byte order mark"),
        (b"\xff\xfea", "damaged UTF-16 text"),
        (b'{"a": "\xe9"}', r"not UTF-8 \(byte 8\)"),
        (b"", "there is nothing in it"),
        (b"{", "not JSON (EOF"),
        (b"[NaN]", "not JSON"),
        (b"[" * 100_000, "recursion limit"),
        (b"9" * 5000, "out of range"),
        (b'"\\ud800"', "not JSON"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(BadFile) as error:
        read_json(path, "a report")
    text = str(error.value)
    assert text.startswith(f"{path}: ")
    assert says.replace("\\", "") in text
    assert "\n" not in text
    assert len(text) < len(str(path)) + 400


def test_a_directory_and_a_missing_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing", tmp_path / "a\0b", tmp_path / ("x" * 300)):
        with pytest.raises(BadFile):
            read_bytes(path)


def test_there_is_a_largest_size(tmp_path: Path) -> None:
    path = written(tmp_path, b"x" * 100)
    assert len(read_bytes(path, 100)) == 100
    with pytest.raises(BadFile, match="larger than"):
        read_bytes(path, 99)


@pytest.mark.skipif(sys.platform == "win32", reason="needs devices")
def test_a_device_without_an_end_ends() -> None:
    with pytest.raises(BadFile, match="larger than 1 MiB"):
        read_bytes(Path("/dev/zero"), 2**20)


@pytest.mark.skipif(sys.platform == "win32", reason="needs descriptors as files")
def test_a_pipe_is_read() -> None:
    reading, writing = os.pipe()
    try:
        os.write(writing, b"[1]")
        os.close(writing)
        assert read_json(Path(f"/dev/fd/{reading}"), "anything") == [1]
    finally:
        os.close(reading)
