"""The policy of a page: its own scripts and styles, and nothing else."""

from __future__ import annotations

from pytest_scer.formats.page.policy import policy


def test_allows_what_it_was_written_with() -> None:
    # The example of CSP Level 3, section 2.3.1: the SHA-256 of alert('Hello, world.');
    said = policy(["alert('Hello, world.');"], ["b {}"])
    assert "script-src 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='" in said
    assert "unsafe" not in said
    assert said.startswith("default-src 'none';")
