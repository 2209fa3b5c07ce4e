"""Growth that a benchmark plants in tests of the suites.

``SUITES_PLANTED="NAME:SHARE ..."`` makes the named tests cost more by that share:
``test_sorting:0.2 test_json[10]:0.3`` is 20 % and 30 %. A file ``planted.txt`` of the same form
next to this one does the same, and can be part of a commit.

What is planted is CPU time, not iterations: a share of the work's time, by this process's clock,
since more iterations may cost more or less than their share (a dictionary grows in leaps).
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


def planted(work: Callable[[], object]) -> object:
    """Do the work of the running test, and continue for a share of its time if planted.

    Args:
        work: All that the test does.

    Returns:
        What the work returns.
    """
    began_s = time.process_time()
    result = work()
    took_s = time.process_time() - began_s
    node = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition("::")[2]
    share = PLANTED.get(node.partition(" ")[0], 0.0)
    ends_s = time.process_time() + share * took_s
    while share and time.process_time() < ends_s:
        sum(number * number for number in range(200))
    return result
