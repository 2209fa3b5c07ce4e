"""Data in a page: nothing in it ends its element, and it comes back as it was."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

import pytest

from pytest_scer.formats.page.packing import PACKED_FROM, data_block

BLOCK = re.compile(r'<script type="application/(\w+)" id="data-it">([^<]*)</script>')


def read(block: str) -> Any:
    match = BLOCK.fullmatch(block)
    assert match, block[:200]
    kind, content = match.groups()
    return json.loads(gzip.decompress(base64.b64decode(content)) if kind == "gzip" else content)


@pytest.mark.parametrize(
    "text",
    [
        "</script><script>alert(1)</script>",
        "<!-- <script>",
        "]]>",
        "a\u2028b\u2029c",
        "&lt;",
        "\x00'\"",
        "🎉",
    ],
)
@pytest.mark.parametrize("times", [1, PACKED_FROM])
def test_text_stays_text(text: str, times: int) -> None:
    block = data_block("it", {text: [text] * min(times, 10_000)})
    assert read(block) == {text: [text] * min(times, 10_000)}


def test_without_figure_is_null() -> None:
    assert read(data_block("it", [float("nan"), 1.5, None])) == [None, 1.5, None]


def test_json_as_it_is() -> None:
    assert read(data_block("it", b'{"a": 1}')) == {"a": 1}


def test_same_each_time() -> None:
    value = list(range(PACKED_FROM))
    assert data_block("it", value) == data_block("it", value)
