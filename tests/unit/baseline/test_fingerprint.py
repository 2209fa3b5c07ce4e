from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import reports
from pasts import MODEL, RAPL, fingerprint

from pytest_scer.baseline.fingerprint import Fingerprint, differences


class TestFingerprint:
    def test_constant_draws_are_left_out(self) -> None:
        assert fingerprint().compared == ("cpu",)
        alone = fingerprint("absent")
        assert alone.compared == ("ram",)

    def test_another_meter_blocks(self) -> None:
        found = differences(fingerprint(RAPL), fingerprint())
        assert found.blocking == [f"cpu meter: {RAPL} in the baseline, {MODEL} now"]

    @pytest.mark.parametrize(
        ("change", "named"),
        [({"cpu": "B chip"}, "CPU"), ({"logical_cores": 4}, "hardware threads"),
         ({"gpus": ("G",)}, "GPUs"), ({"workers": 4}, "workers")],
    )  # fmt: skip
    def test_machine_and_workers_block(self, change: dict[str, Any], named: str) -> None:
        found = differences(fingerprint(), fingerprint(**change))
        assert [text.partition(":")[0] for text in found.blocking] == [named]

    def test_versions_are_named_and_do_not_block(self) -> None:
        found = differences(fingerprint(), fingerprint(versions={"python": "3.13.0", "torch": "2"}))
        assert found.blocking == []
        assert found.noted == [
            "python 3.12.1 in the baseline, 3.13.0 now",
            "torch not loaded in the baseline, 2 now",
        ]

    def test_a_constant_of_another_size_does_not_block(self) -> None:
        other = dict(fingerprint().meters, ram="constant, machine: 5 W constant")
        assert differences(fingerprint(), fingerprint(meters=other)).blocking == []

    def test_merged_reports_are_of_all_their_machines_in_their_order(self) -> None:
        def merged(*cpus: str) -> Fingerprint:
            made = reports.report()
            made.session.hosts = [
                {"environment": dataclasses.asdict(reports.environment(cpu))} for cpu in cpus
            ]
            return Fingerprint.of_report(made)

        assert differences(merged("A", "B"), merged("A", "B")).blocking == []
        assert differences(merged("A", "A"), merged("A")).blocking == []
        for other in (("A", "C"), ("B", "A")):
            (text,) = differences(merged("A", "B"), merged(*other)).blocking
            assert text == f"CPU: A + B in the baseline, {' + '.join(other)} now"

    @pytest.mark.parametrize(
        ("meter", "modelled", "simulated"),
        [(MODEL, True, False), (RAPL, False, False), ("simulated, machine: x", False, True)],
    )
    def test_it_says_what_kind_of_figures_are_compared(
        self, meter: str, modelled: bool, simulated: bool
    ) -> None:
        mark = fingerprint(meter)
        assert (mark.modelled, mark.simulated) == (modelled, simulated)
