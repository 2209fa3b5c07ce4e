"""Growth that a benchmark plants into tests of the suites.

``SUITES_PLANTED="NAME:SHARE ..."`` makes the named tests cost that much more: ``sorting:0.2`` is
20 %. What is planted is CPU time, not iterations: a share of the work again, by the clock of this
thread, since more iterations may cost more or less than their share (a dictionary grows in leaps).

A suite that lies in a git repository may have a file ``planted.txt`` of the same form next to it
instead, which belongs to a commit.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

FILE = Path(__file__).with_name("planted.txt")


def _planted() -> dict[str, float]:
    text = os.environ.get("SUITES_PLANTED", "")
    if FILE.is_file():
        text += " " + FILE.read_text(encoding="utf-8")
    pairs = (each.rpartition(":") for each in text.split())
    return {name: float(share) for name, _, share in pairs}


PLANTED = _planted()


def planted(name: str, work: Callable[[], object]) -> object:
    """Do some work, and a share of it again where growth is planted under that name.

    Args:
        name: Of the test: that of its function without ``test_``, with its parameter behind a
            hyphen.
        work: Takes no longer than a test; it may be done several times.

    Returns:
        What the work returns.
    """
    began_s = time.process_time()
    result = work()
    took_s = time.process_time() - began_s
    share = PLANTED.get(name, 0.0)
    ends_s = time.process_time() + share * took_s
    while share and time.process_time() < ends_s:
        sum(number * number for number in range(200))
    return result
