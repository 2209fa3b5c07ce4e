"""How often the predicted energy of a training holds what it used in the end.

Each training is a real one, in a pytest process of its own: a small network or GPT-2 on torch, for
20 epochs. What was predicted after 3 epochs is compared with what all 20 used.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SUITE = Path(__file__).parent.parent / "suites" / "trainings"
EPOCHS = 20
AFTER = 3
LEAST = 18
"""How many of 20 predictions have to hold the truth."""


def training(number: int) -> dict[str, Any]:
    """Train once; return what was predicted, and what was used.

    Args:
        number: The number of the training, which chooses the model and seeds it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += [str(SUITE), f"--scer-output={path}"]
        environment = {**os.environ, "TRAINING": str(number), "EPOCHS": str(EPOCHS)}
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise SystemExit(ran.stdout + ran.stderr)
        report = json.loads(path.read_text(encoding="utf-8"))
    (test,) = report["tests"]
    (made,) = test["trainings"]
    predicted = made["laps"][AFTER - 1]["predicted"]
    used = {"energy_j": made["total"]["energy_j"], "duration_s": made["total"]["duration_s"]}
    return {
        "number": number,
        "test": test["nodeid"].rpartition("::")[2],
        **{
            what: {
                **predicted[what],
                "used": used[what],
                "held": predicted[what]["low"] <= used[what] <= predicted[what]["high"],
            }
            for what in used
        },
    }


def rows(path: Path) -> list[dict[str, Any]]:
    """The trainings that were run already."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def main() -> int:
    """Run the trainings that are missing, and print how many predictions held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trainings", type=int, default=20)
    parser.add_argument("--output", type=Path, default=Path("trainings.jsonl"))
    given = parser.parse_args()
    done = rows(given.output)
    for number in range(len(done), given.trainings):
        row = training(number)
        done.append(row)
        with given.output.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        energy = row["energy_j"]
        print(
            f"{number + 1:3}  {row['test']:28} used {energy['used']:8.1f} J, predicted "
            f"{energy['value']:8.1f} ({energy['low']:.1f} to {energy['high']:.1f})"
            f"{'' if energy['held'] else '  MISSED'}"
        )
    for what in ("energy_j", "duration_s"):
        held = sum(row[what]["held"] for row in done)
        widths = sorted(
            (row[what]["high"] - row[what]["low"]) / 2 / row[what]["value"] for row in done
        )
        print(
            f"{what}: {held} of {len(done)} held the truth; median half-width "
            f"{widths[len(widths) // 2]:.0%}"
        )
    held = sum(row["energy_j"]["held"] for row in done)
    return 0 if held * 20 >= LEAST * len(done) else 1


if __name__ == "__main__":
    raise SystemExit(main())
