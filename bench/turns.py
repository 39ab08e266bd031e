"""Peers that take turns: a process each, answers that agree, then times."""

import pickle
import statistics
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

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
        self.made = self.error is None

    def retry(self):
        """What failed may do better at something else."""
        if self.made and self.process.poll() is None:
            self.error = None

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


def agree(workers, feeds, order):
    """Asks all for their answers; who differs from the first of `order` that has
    one fails. Returns who answered."""
    answers = {}
    for worker in workers:
        worker.retry()
        if not worker.error:
            answer = worker.ask("prepare", feeds)
            if not worker.error:
                answers[worker.name] = answer
    reference = next((answers[name] for name in [*order, *answers] if name in answers), {})
    for worker in workers:
        if worker.error:
            continue
        for name, expected in reference.items():
            answer = answers[worker.name].get(name)
            if answer is None:  # Not every peer tells all.
                continue
            difference = np.abs(answer - expected).max()
            if not difference <= TOLERANCE * np.abs(expected).max():
                worker.error = f"{name} differs by {difference:.2g}"


def take_turns(workers, count, seconds):
    """The times of each peer: a list for each round."""
    rounds = {worker.name: [] for worker in workers}
    for _ in range(count):
        for worker in workers:
            if worker.error:
                continue
            times = worker.ask("time", seconds)
            if not worker.error:
                rounds[worker.name].append(times)
            # Threads of a peer that still spin must not slow the next.
            time.sleep(0.05)
    return rounds


def summary(worker, rounds):
    """The figures of a peer, or its error."""
    if worker.error:
        return {"peer": worker.name, "error": worker.error}
    times = rounds[worker.name]
    result = {"peer": worker.name, "min_ms": 1e3 * min(map(min, times)),
              "median_ms": 1e3 * statistics.median(sum(times, []))}
    own = rounds.get("tenon")
    if own:
        result["ratio"] = statistics.median(
            statistics.median(theirs) / statistics.median(ours)
            for theirs, ours in zip(times, own))
        result["ratio_of_min"] = min(map(min, times)) / min(map(min, own))
    return result


def ratio_text(result):
    if "ratio" not in result or result["peer"] == "tenon":
        return ""
    return (f"  Tenon is {result['ratio']:.2f}x as fast"
            f" ({result['ratio_of_min']:.2f}x by minima)")
