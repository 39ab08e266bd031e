"""Times Tenon and its peers side by side, in one run.

Every peer has a process of its own. All answer the same inputs first, and must
agree; then they take turns, a slice of time each, for several rounds. A ratio
is the median over the rounds of the peer's median over Tenon's: above 1, Tenon
is faster. A peer that fails is listed with its error.
"""

import argparse
import json
import pickle
import statistics
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import footprint
import heads
import models
import peers

TOLERANCE = 1e-4  # of the largest magnitude


class Worker:
    """A peer's process."""

    def __init__(self, name, model, threads):
        self.name = name
        self.error = None
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("worker.py"), name, model.name,
             str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.receive()

    def receive(self):
        header = self.process.stdout.read(8)
        if len(header) < 8:
            self.error = f"died with status {self.process.wait()}"
            return None
        value = pickle.loads(self.process.stdout.read(struct.unpack("<q", header)[0]))
        if isinstance(value, str):
            self.error = value
        return value

    def ask(self, verb, argument):
        data = pickle.dumps((verb, argument))
        self.process.stdin.write(struct.pack("<q", len(data)) + data)
        self.process.stdin.flush()
        return self.receive()

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def compare(model, batch, tokens, workers, arguments):
    """A line for each peer."""
    answers = {}
    feeds = models.feeds(model, batch, tokens)
    for worker in workers:
        if not worker.error:
            answers[worker.name] = worker.ask("prepare", feeds)
    reference = answers.get("onnxruntime", next(iter(answers.values())))
    for worker in workers:
        if worker.error:
            continue
        for name, expected in reference.items():
            difference = np.abs(answers[worker.name][name] - expected).max()
            if not difference <= TOLERANCE * np.abs(expected).max():
                worker.error = f"{name} differs by {difference:.2g}"

    rounds = {worker.name: [] for worker in workers}
    for _ in range(arguments.rounds):
        for worker in workers:
            if worker.error:
                continue
            times = worker.ask("time", arguments.seconds)
            if not worker.error:
                rounds[worker.name].append(times)
            # Threads of a peer that still spin must not slow the next.
            time.sleep(0.05)

    results = []
    for worker in workers:
        result = {"model": model.name, "batch": batch, "tokens": tokens,
                  "peer": worker.name}
        if worker.error:
            result["error"] = worker.error
        else:
            times = rounds[worker.name]
            result["min_ms"] = 1e3 * min(map(min, times))
            result["median_ms"] = 1e3 * statistics.median(sum(times, []))
            own = rounds.get("tenon")
            if own:
                result["ratio"] = statistics.median(
                    statistics.median(theirs) / statistics.median(ours)
                    for theirs, ours in zip(times, own))
                result["ratio_of_min"] = min(map(min, times)) / min(map(min, own))
        results.append(result)
    return results


def machine(model, batch, tokens, threads):
    """What the machine reached in this run, as `tenon bench` measures it."""
    done = subprocess.run(
        [peers.TENON, "bench", peers.tenon_artifact(model), "--json", "--seconds", "1",
         "--shape", f"B={batch},S={tokens}", "--threads", str(threads)],
        check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(
        prog="bench/run", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL",
                        help="of " + ", ".join(n for n, m in models.MODELS.items() if not m.tasks)
                        + " (default: bert-base)")
    parser.add_argument("--peers", default=",".join(peers.PEERS),
                        help="default: %(default)s")
    parser.add_argument("--shapes", help="BATCHxTOKENS, comma between; default: the model's")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a peer's turn")
    parser.add_argument("--footprint", action="store_true",
                        help="time and sizes of compiling and opening instead")
    parser.add_argument("--heads", action="store_true",
                        help="time what tasks cost beside the forward instead")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    arguments = parser.parse_args()

    if arguments.heads:
        heads.heads(arguments.threads)
        return
    everything = []
    for name in arguments.models or ["bert-base"]:
        if name not in models.MODELS:
            parser.error(f"no model {name}; there are {', '.join(models.MODELS)}")
        model = models.MODELS[name]
        model.make()
        if arguments.footprint:
            footprint.footprint(model, arguments.threads)
            continue
        peers.tenon_artifact(model)
        shapes = model.shapes
        if arguments.shapes:
            shapes = [tuple(map(int, s.split("x"))) for s in arguments.shapes.split(",")]
        workers = [Worker(peer, model, arguments.threads)
                   for peer in arguments.peers.split(",")]
        for batch, tokens in shapes:
            results = compare(model, batch, tokens, workers, arguments)
            peak = machine(model, batch, tokens, arguments.threads)
            print(f"{model.name} {batch}x{tokens}, {arguments.threads} threads: "
                  f"{peak['peak']['flops'] / 1e9:.0f} GFLOP/s and "
                  f"{peak['peak']['read_bytes'] / 1e9:.1f} GB/s at most")
            for result in results:
                if "error" in result:
                    print(f"  {result['peer']:<18} {result['error']}")
                    continue
                share = peak["flops"] / (result["min_ms"] / 1e3) / peak["peak"]["flops"]
                result["share_of_peak"] = share
                ratio = ""
                if "ratio" in result and result["peer"] != "tenon":
                    ratio = (f"  Tenon is {result['ratio']:.2f}x as fast"
                             f" ({result['ratio_of_min']:.2f}x by minima)")
                print(f"  {result['peer']:<18} min {result['min_ms']:8.2f} ms  "
                      f"median {result['median_ms']:8.2f} ms  {share:4.0%} of peak{ratio}")
            sys.stdout.flush()
            everything += results
        for worker in workers:
            worker.stop()
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(everything, indent=1) + "\n")


if __name__ == "__main__":
    main()
