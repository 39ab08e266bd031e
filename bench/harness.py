"""The one way that peers are measured, for bench/run and bench/peers.

Every peer has a process of its own. All answer the same request first, and must
agree; then they take turns, a slice of time each, for several rounds, and the
machine is probed in each round. A peer that fails is listed with its error.
"""

import argparse
import importlib
import sys
from pathlib import Path

import machine
import models
from rows import TOLERANCE
from turns import Worker, agree, summary, take_turns

HOW = __doc__.split("\n\n", 1)[1]  # for the commands' help
FOLDER = Path(__file__).resolve().parent.parent / "build/bench"

FORWARD_PEERS = ("tenon", "onnxruntime", "onnxruntime-fused", "openvino", "openvino-nncf",
                 "ctranslate2", "torch", "torch-compiled", "iree")
DECODER_PEERS = ("tenon", "onnxruntime", "onnxruntime-fused", "openvino", "ctranslate2",
                 "llama.cpp", "torch", "torch-compiled")


def start(peer, model, threads):
    """The worker of a peer; what its libraries print goes to a file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "workers.log", "a") as log:
        return Worker(peer, [sys.executable, Path(__file__).with_name("worker.py"), peer,
                             model.name, str(threads), model.precision], log)


def measure(row, workers, probes, options, witness=None):
    """A row's figures: what the machine reached, and each peer beside Tenon."""
    agree(workers, row.request(), row.reference, TOLERANCE[row.precision], witness)
    rounds, reached = take_turns(workers, probes, options.rounds, options.seconds)
    best = machine.best(reached)
    result = {"model": row.model, "case": row.case, "lengths": list(row.lengths),
              "precision": row.precision, "label": row.label, "machine": best,
              "machine_rounds": reached, "bound": row.bound,
              "peers": [summary(worker, rounds) for worker in workers]}
    if row.bound and best[row.bound]:
        add_shares(result, row, options.threads)
    return result


def add_shares(result, row, threads):
    """How much of what the machine reaches each peer's least time is."""
    try:
        result["need"] = row.need(threads)
    except RuntimeError as error:  # Tenon can't tell
        result["need_error"] = str(error)
        return
    for peer in result["peers"]:
        if "error" not in peer:
            peer["share"] = (result["need"] / (peer["min_ms"] / 1e3)
                             / result["machine"][row.bound])


def measure_model(rows, peers, probes, options, show):
    """The figures of rows of one model and precision; `show` is given each."""
    model = models.find(rows[0].model, rows[0].precision)
    workers = [start(peer, model, options.threads) for peer in peers]
    exact = model.precision == "fp32"
    witness = None if exact else start(rows[0].reference, models.find(model.name),
                                       options.threads)
    results = []
    for row in rows:
        results.append(measure(row, workers, probes, options, witness))
        show(results[-1])
    for worker in workers if exact else [witness, *workers]:
        worker.stop()
    return results


def openings(row, peers, options):
    """From opening the row's model to the first answer, in processes of their own,
    files in the page cache: seconds, memory at most and the size of what is
    opened. Python and the peer's library are part of the memory, the library also
    of the time."""
    model = models.find(row.model, row.precision)
    results = []
    for peer in peers:
        found = {"model": row.model, "precision": row.precision, "label": row.label,
                 "peer": peer}
        figures = [open_once(peer, row, model, options) for _ in range(options.openings)]
        errors = [f["error"] for f in figures if "error" in f]
        if errors:
            found["error"] = errors[0]
        else:
            found |= {name: min(f[name] for f in figures) for name in figures[0]}
        results.append(found)
    return results


def open_once(peer, row, model, options):
    worker = start(peer, model, options.threads)
    for verb, argument in (("prepare", row.request()), ("usage", None), ("time", 0)):
        answer = None if worker.error else worker.ask(verb, argument)
        if verb == "usage" and not worker.error:
            found = {"load_ms": 1e3 * answer["load"], "first_ms": 1e3 * answer["first"],
                     "peak": answer["peak"], "size": answer["size"]}
    worker.stop()
    if worker.error:
        return {"error": worker.error}
    # The last calls are what an answer takes when all is warm.
    return found | {"steady_ms": 1e3 * min(answer)}


def peers_of(model, precision, named=None):
    """The peers that know such a model: all that have the precision, or those that
    are named."""
    # Not needed where peers are made up, nor are their libraries there.
    known = importlib.import_module("decoders" if model.generates else "peers").PEERS
    found = [name for name, kind in known.items()
             if (precision in kind.precisions if named is None else name in named)]
    if not found:
        raise SystemExit(f"bench: error: none of {', '.join(named)} knows {model.name}")
    return found


def peer_names(text):
    """Of an option: peers with commas between."""
    named = text.split(",")
    for name in named:
        if name not in (*FORWARD_PEERS, *DECODER_PEERS):
            raise argparse.ArgumentTypeError(f"no peer {name}")
    return named
