"""Times Tenon beside its peers on every model, in one run: bench/peers.

Writes report.md, report.json and plots (SVG) of the time, the share of what the
machine reaches, the time to load, the memory and the size of what is opened.
Ratios are a peer's time over Tenon's, of minima and of medians paired by round;
above 1, Tenon is faster.
"""

import argparse
import json
from pathlib import Path

import harness
import machine
import models
import plots
import report
import rows


def parse():
    parser = argparse.ArgumentParser(
        prog="bench/peers", description=__doc__ + "\n" + harness.HOW,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", default=rows.MATRIX,
                        help="of " + ", ".join(rows.MATRIX) + " (the default)")
    parser.add_argument("--peers", type=harness.peer_names,
                        help="comma between (default: all that know a model)")
    parser.add_argument("--precisions", type=lambda text: text.split(","), default=["fp32"],
                        help="of " + ",".join(rows.PRECISIONS) + " (default: fp32)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a peer's turn")
    parser.add_argument("--openings", type=int, default=3,
                        help="processes that are opened, of each peer and model; 0 for none")
    parser.add_argument("--output", type=Path, default=harness.FOLDER / "report",
                        metavar="FOLDER", help="default: build/bench/report")
    options = parser.parse_args()
    for name in options.models:
        if name not in rows.MATRIX:
            parser.error(f"no model {name}; there are {', '.join(rows.MATRIX)}")
    for name in options.precisions:
        if name not in rows.PRECISIONS:
            parser.error(f"no precision {name}; there are {', '.join(rows.PRECISIONS)}")
    return options


def show(lines):
    print("\n".join(lines), flush=True)


def measure(name, made, probes, options):
    """Adds the rows and openings of a model."""
    model = models.find(name)
    model.make()
    for precision in options.precisions:
        peers = harness.peers_of(model, precision, options.peers)
        mine = rows.rows_of(name, precision, cases=rows.MATRIX_CASES)
        made["rows"] += harness.measure_model(
            mine, peers, probes, options,
            lambda row: show(report.row_lines(row, options.threads)))
        if options.openings:
            made["openings"] += harness.openings(mine[0], peers, options)
            show(report.opening_lines(made["openings"][-len(peers):]))
    made["geometric_means"] = report.geometric_means(made["rows"])


def write(made, folder, drawn=()):
    (folder / "report.json").write_text(json.dumps(made, indent=1) + "\n")
    (folder / "report.md").write_text(report.markdown(made, drawn))


def main():
    options = parse()
    options.output.mkdir(parents=True, exist_ok=True)
    made = {"machine": machine.description() | {"threads": options.threads,
                                                "rounds": options.rounds},
            "rows": [], "openings": []}
    probes = machine.Machine(options.threads, harness.FOLDER)
    for name in options.models:
        measure(name, made, probes, options)
        write(made, options.output)  # a run that is cut short leaves what it has
    probes.stop()
    write(made, options.output, plots.draw(made, options.output))
    show(report.mean_lines(made["geometric_means"]))


if __name__ == "__main__":
    main()
