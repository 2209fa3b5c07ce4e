from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from pytest_scer.core.serving import Work
from pytest_scer.workers import server_ledger
from pytest_scer.workers.server_ledger import Ledger, account_name

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such locks")


def test_a_caller_that_was_killed_and_is_not_reaped_yet_leaves_its_part_to_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    used_s = 10.0
    ledger = Ledger("killed")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as worker:
        names = {"own": account_name(), "worker": server_ledger._name_of(worker.pid)}
        for name in names.values():
            with ledger.change(lambda: used_s, 4.0) as pool:
                pool.begin(name, 0.0)
        worker.send_signal(signal.SIGKILL)
        while server_ledger._is_alive(names["worker"]):
            pass  # a zombie until it is waited for
        used_s += 6.0
        with ledger.change(lambda: used_s, 4.0) as pool:
            assert [*pool.accounts] == [names["own"]]
            pool.end(names["own"], 0.0, 1.0, Work(5, 1))
            assert pool.accounts[names["own"]].billed.cpu_s == pytest.approx(6.0)
    ledger.close()


def test_a_process_with_the_id_of_an_earlier_one_is_another() -> None:
    pid, _, started = account_name().partition(" ")
    assert server_ledger._is_alive(f"{pid} {started}")
    assert not server_ledger._is_alive(f"{pid} 1{started}")
    assert not server_ledger._is_alive("damaged")
