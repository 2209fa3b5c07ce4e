"""``pytest-scer rate REPORT...``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.saying import say
from pytest_scer.cli.selection import write_file
from pytest_scer.report.documents import read_bytes

if TYPE_CHECKING:
    from pytest_scer.scoring.peers import Peer

HELP = "rate the models in reports, or collect them as a peer set"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the reports, the peers and the scale."""
    parser.add_argument("reports", type=Path, nargs="+", metavar="REPORT", help="a JSON report")
    parser.add_argument("--peers", type=Path, metavar="PATH", help="rate among these peers")
    parser.add_argument(
        "--scale", metavar="NAME|PATH", help="scer, stars, or a file of cut-offs (default: scer)"
    )
    parser.add_argument(
        "--collect",
        type=Path,
        metavar="OUT",
        help="instead write the models of the reports as a peer set; REPORT may also be a CSV file "
        "of AI Energy Score or another peer set",
    )
    parser.add_argument("--category", help="with --collect: the task of a CSV file")
    parser.add_argument("--date", help="with --collect: the date of a CSV file, as in 2025-02")


def run(arguments: argparse.Namespace) -> int:
    """Print tables of models with their ratings, or write the peer set."""
    from pytest_scer.cli.printing import print_lines
    from pytest_scer.core.units import counted
    from pytest_scer.formats.terminal import ratings
    from pytest_scer.formats.terminal.screen import Line, Screen
    from pytest_scer.report.rating_files import read_peers, read_scale
    from pytest_scer.report.ratings import rate_scores
    from pytest_scer.report.reading import read_report
    from pytest_scer.scoring.peer_files import peers_to_json
    from pytest_scer.scoring.peers import newest
    from pytest_scer.scoring.scer import ScerScale

    if arguments.collect is not None:
        peers = newest(peer for path in arguments.reports for peer in _peers_of(path, arguments))
        if not peers:
            raise ValueError("nothing to collect: no model has a score, a category and a phase")
        write_file(arguments.collect, peers_to_json(peers))
        found, files = counted(len(peers), "peer"), counted(len(arguments.reports), "file")
        say(f"{arguments.collect}: {found} from {files}")
        return OK
    reports = [read_report(path) for path in arguments.reports]
    among = None
    if arguments.peers is not None:
        among = read_peers(arguments.peers)
    elif len(reports) > 1:
        among = list(newest(p for path in arguments.reports for p in _peers_of(path, arguments)))
    screen = Screen.of()
    for path, report in zip(arguments.reports, reports, strict=True):
        scale = read_scale(arguments.scale) if arguments.scale else report.scale or ScerScale()
        rows = rate_scores(report, report.peers if among is None else among, scale)
        table = ratings.block(rows, screen, whole=True)
        head = f"{path}: {report.session.started_at[:10]}" + ("" if table.size else ": no scores")
        print_lines([*screen.wrap(head), Line(""), *table.lines(table.size)])
    return OK


def _peers_of(path: Path, arguments: argparse.Namespace) -> list[Peer]:
    """Return the models of a report, or the peers of a peer set or CSV file."""
    from pytest_scer.report.rating_files import latest_date, read_peers
    from pytest_scer.report.ratings import session_peers
    from pytest_scer.report.reading import read_report
    from pytest_scer.scoring.dates import check_date

    if _is_peer_set(path):
        return read_peers(path, category=arguments.category, date=arguments.date)
    report = read_report(path)
    try:
        check_date(report.session.started_at, latest_date())
    except ValueError as error:
        raise ValueError(f"{path}: session.started_at: {error}") from None
    return list(session_peers(report, path.name))


def _is_peer_set(path: Path) -> bool:
    """Whether a file is a peer set or a CSV file, rather than a report."""
    head = read_bytes(path)[:200]
    return b'"peers_version"' in head or not head.lstrip().startswith(b"{")
