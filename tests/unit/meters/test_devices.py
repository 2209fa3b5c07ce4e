"""The counter of a RAPL domain, when tests close descriptors or the driver is reloaded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.devices import RaplDomain

pytestmark = pytest.mark.skipif(not hasattr(os, "pread"), reason="no such counters")


@pytest.fixture
def counter(tmp_path: Path) -> Path:
    path = tmp_path / "energy_uj"
    path.write_text("5000000")
    return path


def test_it_goes_on_when_its_descriptor_was_closed(counter: Path) -> None:
    domain = RaplDomain("package-0", str(counter), None)
    os.close(domain._file.descriptor)
    assert domain.read_j() == 5
    domain.close()


def test_a_file_that_took_its_descriptor_is_left_alone(counter: Path, tmp_path: Path) -> None:
    domain = RaplDomain("package-0", str(counter), None)
    os.close(domain._file.descriptor)
    other = os.open(tmp_path / "other", os.O_CREAT | os.O_RDWR)
    os.write(other, b"77")
    assert other == domain._file.descriptor
    assert domain.read_j() == 5
    domain.close()
    assert os.pread(other, 10, 0) == b"77"
    os.close(other)


def test_it_closes_no_descriptor_of_others(counter: Path, tmp_path: Path) -> None:
    domain = RaplDomain("package-0", str(counter), None)
    os.close(domain._file.descriptor)
    other = os.open(tmp_path / "other", os.O_CREAT | os.O_RDWR)
    domain.close()
    domain.close()
    os.close(other)  # raises if it was closed


def test_a_counter_that_is_gone_is_a_fault_until_it_returns(counter: Path) -> None:
    domain = RaplDomain("package-0", str(counter), None)
    os.close(domain._file.descriptor)
    counter.unlink()
    for _ in range(2):
        with pytest.raises(MeterFault, match=r"package-0: .*No such file"):
            domain.read_j()
    counter.write_text("6000000")
    assert domain.read_j() == 6
    domain.close()


def test_a_counter_that_shows_no_number_is_a_fault(counter: Path) -> None:
    domain = RaplDomain("package-0", str(counter), None)
    counter.write_text("nothing")
    with pytest.raises(MeterFault, match="package-0: the counter reads 'nothing'"):
        domain.read_j()
    domain.close()
