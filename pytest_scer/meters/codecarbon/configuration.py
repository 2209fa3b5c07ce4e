"""CodeCarbon's own configuration: its files and environment variables."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from typing import Final

from pytest_scer.core import LARGEST
from pytest_scer.core.intensity import Place
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.codecarbon.package import quiet

FILE_NAME: Final = ".codecarbon.config"
LEAST: Final = {
    "force_cpu_power": 0,
    "force_ram_power": 0,
    "force_carbon_intensity_g_co2e_kwh": 0,
    "pue": 1,
    "wue": 0,
}
"""The keys whose values are numbers, and the least value of each, as for ``--scer-*`` options."""


@dataclass(frozen=True)
class Configuration:
    """CodeCarbon's own configuration, from its files and its environment variables.

    Attributes:
        values: The value of every key that is set, as text.
        sources: The file or environment variable that set each key.
    """

    values: Mapping[str, str]
    sources: Mapping[str, str]

    def number(self, key: str) -> float | None:
        """The value of a key of :data:`LEAST` as a number; None if it is not set.

        Raises:
            ValueError: The value is not a number, or out of range; the message names its source.
        """
        text = self.values.get(key)
        if text is None:
            return None
        where = f"{self.sources[key]}: {key} = "
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{where}{text!r} is not a number") from None
        if not math.isfinite(value):
            raise ValueError(f"{where}{text} is not a finite number")
        if value < LEAST[key]:
            raise ValueError(f"{where}{text} is less than {LEAST[key]:g}")
        if value > LARGEST:
            raise ValueError(f"{where}{text} is more than {LARGEST:g}")
        return value

    def place(self) -> Place | None:
        """Where the electricity comes from; None if it is not configured."""
        keys = {
            "g_per_kwh": "force_carbon_intensity_g_co2e_kwh",
            "cloud": "cloud_provider",
            "country": "country_iso_code",
        }
        for key in keys.values():
            if key in self.values:
                break
        else:
            return None
        source = self.sources[key]
        if key == keys["g_per_kwh"]:
            return Place(g_per_kwh=self.number(key), source=source)
        if key == keys["cloud"]:
            region = self.values.get("cloud_region", "")
            return Place(cloud=f"{self.values[key]}/{region}", source=source)
        return Place(country=self.values[key], region=self.values.get("region"), source=source)


def configuration() -> Configuration:
    """Read CodeCarbon's configuration files and environment variables.

    Raises:
        ValueError: A file cannot be read, or a number is invalid; the message names the file.
    """
    files = _files()
    if not files and not any(name.lower().startswith("codecarbon_") for name in os.environ):
        return Configuration({}, {})  # without importing CodeCarbon, to read nothing
    with quiet():
        from codecarbon.core import config

        for path in files:
            _check(path, config.read_config_file)
        try:
            values, sources = config.get_hierarchical_config_with_sources()
        except (OSError, RuntimeError) as error:  # no home or working directory
            raise ValueError(f"CodeCarbon's configuration cannot be read: {error}") from None
    found = Configuration(values, sources)
    for key in LEAST:
        found.number(key)
    return found


def shown(source: str) -> str:
    """A source of a value as a report may show it: a path names the user's home directory."""
    if not os.path.isabs(source):
        return source
    directory, name = os.path.split(source)
    is_home = directory == os.path.realpath(os.path.expanduser("~"))
    return f"~/{name}" if is_home else name


def _files() -> list[str]:
    """The configuration files that there are."""
    directories = (os.path.expanduser("~"), os.path.curdir)
    paths = (os.path.abspath(os.path.join(each, FILE_NAME)) for each in directories)
    return [path for path in paths if os.path.lexists(path)]


def _check(path: str, read: Callable[[str], object]) -> None:
    """Check that a file can be read; CodeCarbon ignores one that it may not open.

    Raises:
        ValueError: It cannot be read; the message names it.
    """
    import configparser

    try:
        with open(path, encoding="utf-8"):
            pass
        read(path)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except (configparser.Error, UnicodeError) as error:
        text = " ".join(str(error).split())
        if isinstance(error, configparser.InterpolationError):
            text = f"{error.option}: {text}; write %% for %"
        raise ValueError(f"{path}: {text}") from None
