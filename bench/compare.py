"""Times Tenon and its peers side by side on models, shapes and peers of your
choice; bench/peers measures the whole table.

A ratio is the median over the rounds of the peer's median over Tenon's: above
1, Tenon is faster.
"""

import argparse
import json
from pathlib import Path

import footprint
import generation
import harness
import heads
import machine
import models
import report
import rows


def names(text):
    return text.split(",")


def parse():
    parser = argparse.ArgumentParser(
        prog="bench/run", description=__doc__ + "\n" + harness.HOW,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", default=["bert-base"],
                        help="of " + ", ".join(n for n, m in models.MODELS.items() if not m.tasks)
                        + " (default: bert-base)")
    parser.add_argument("--peers", type=harness.peer_names, help="of "
                        + ",".join(harness.FORWARD_PEERS) + "; for models that generate, of "
                        + ",".join(harness.DECODER_PEERS) + " (default: all)")
    parser.add_argument("--cases", type=names, default=[*generation.CASES, "opening"],
                        help="what models that generate do: of " + ",".join(generation.CASES)
                        + ",opening (default: all)")
    parser.add_argument("--shapes", type=names, help="BATCHxTOKENS, of images BATCHxPIXELS, of "
                        "texts of several lengths BATCHxLEAST-MOST, comma between; default: the "
                        "model's")
    parser.add_argument("--precision", choices=rows.PRECISIONS, default="fp32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a peer's turn")
    parser.add_argument("--openings", type=int, default=3, help="processes that are opened, of "
                        "each peer that generates")
    parser.add_argument("--footprint", action="store_true",
                        help="time and sizes of compiling and opening instead")
    parser.add_argument("--heads", action="store_true",
                        help="time what tasks cost beside the forward instead")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures there")
    options = parser.parse_args()
    try:
        options.rows = {name: chosen_rows(name, options) for name in options.models}
    except ValueError as error:
        parser.error(error)
    return options


def chosen_rows(name, options):
    cases = [case for case in options.cases if case != "opening"]
    return rows.rows_of(name, options.precision, options.shapes, cases)


def show(lines):
    print("\n".join(lines), flush=True)


def compare(name, probes, options):
    """A model's rows and openings, shown and returned."""
    model, mine = models.find(name), options.rows[name]
    peers = harness.peers_of(model, options.precision, options.peers)
    results = harness.measure_model(
        mine, peers, probes, options,
        lambda row: show(report.row_lines(row, options.threads))) if mine else []
    if not model.generates:
        return results, []
    for line in generation.beam_steps(results):
        print(line)
    if "opening" not in options.cases:
        return results, []
    openings = harness.openings(rows.Row.generated(name, "prefill-128"), peers, options)
    show(report.opening_lines(openings))
    return results, openings


def main():
    options = parse()
    if options.heads:
        heads.heads(options.threads)
        return
    for name in options.models:
        models.find(name).make()
    if options.footprint:
        for name in options.models:
            footprint.footprint(models.find(name), options.threads)
        return
    probes = machine.Machine(options.threads, harness.FOLDER)
    measured = [compare(name, probes, options) for name in options.models]
    probes.stop()
    if options.json:
        options.json.write_text(json.dumps(
            {"rows": sum((found for found, _ in measured), []),
             "openings": sum((found for _, found in measured), [])}, indent=1) + "\n")


if __name__ == "__main__":
    main()
