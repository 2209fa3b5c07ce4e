"""What a report says about the person and the machine that made it: nothing that names them."""

from __future__ import annotations

import getpass
import platform
from pathlib import Path

import pytest
from scales import FROZEN
from suite import Suite

SECRET = "a-token-that-nobody-may-see"


@pytest.mark.parametrize("where", ["home", "here"])
def test_no_directory_of_the_user(
    suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    home = tmp_path / "home-of-alice"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("CODECARBON_API_KEY", SECRET)
    suite.conftest("simulation.meter = None", grid=False)
    (home if where == "home" else suite.path).joinpath(".codecarbon.config").write_text(
        "[codecarbon]\nforce_carbon_intensity_g_co2e_kwh = 99999\nforce_ram_power = 5\n"
        f"force_cpu_power = 50\npue = 50\nelectricitymaps_api_token = {SECRET}\n"
    )
    (suite.path / "conf").mkdir()
    suite.write(
        "@pytest.mark.scer('1 MJ', model='m', category='c', phase='inference')\n"
        "def test_it(carbon):\n    carbon.count(tokens=5)\n"
        f"    __import__('shutil').rmtree({str(home / 'gone')!r}, ignore_errors=True)"
    )
    base = suite.path / "conf" / "base.json"
    suite.run(f"--scer-save-baseline={base}")
    outside = home / "base.json"
    outside.write_bytes(base.read_bytes())
    kinds = ("json", "csv", "prom", "yaml", "svg", "md")
    outputs = [f"--scer-output={suite.path}/report.{kind}" for kind in kinds]
    outputs.insert(1, f"--scer-output={home}/gone/report.json")
    peers, scale = home / "peers.json", home / "scale.toml"
    scale.write_text(FROZEN)
    peers.write_text('{"peers_version": 1, "peers": []}')
    outputs += [f"--scer-peers={peers}", f"--scer-scale={scale}"]
    for baseline in (base, outside):
        (home / "gone").mkdir()
        ran = suite.run(*outputs, f"--scer-baseline={baseline}")
        assert ran.exit_status == pytest.ExitCode.INTERNAL_ERROR, ran.text
        for kind in kinds:
            text = (suite.path / f"report.{kind}").read_text()
            for name in (str(suite.path), "alice", SECRET, platform.node()):
                assert name not in text
        assert ran.json["baseline"]["against"] == (
            "conf/base.json" if baseline == base else "base.json"
        )
        assert ".codecarbon.config" in ran.json["carbon_intensity"]["source"]


def test_no_user_and_no_host(suite: Suite) -> None:
    suite.conftest("simulation.meter = None", grid=False)
    ran = suite.measure("def test_it(): pass")
    words = set((suite.path / "report.json").read_text().replace('"', " ").split())
    assert platform.node() not in words
    assert getpass.getuser() not in words
    assert str(Path.home()) not in words
    assert len(ran.json["tests"]) == 1
