"""Peers that take turns: a process each, answers that agree, then times.

Nothing here knows a model, and nothing needs more than Python's own library, so
that the tests can drive it with made-up peers.
"""

import pickle
import statistics
import struct
import subprocess
import time


class Worker:
    """A peer's process; see worker.py."""

    def __init__(self, name, command, log=None):
        self.name = name
        self.error = None
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=log)
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

    def ask(self, verb, argument=None):
        data = pickle.dumps((verb, argument))
        self.process.stdin.write(struct.pack("<q", len(data)) + data)
        self.process.stdin.flush()
        return self.receive()

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


# Peers that differ more in fp32: how many times as much. llama.cpp looks GELU up in a
# table of fp16.
ROUGH = {"llama.cpp": 10}


def agree(workers, request, reference, tolerance, witness=None):
    """Asks all for their answers; who differs from the reference fails. That is the
    witness, which isn't measured, or else the worker of the name `reference`, or
    else the first that answers."""
    answers = {}
    for worker in [witness, *workers] if witness else workers:
        worker.retry()
        if not worker.error:
            answer = worker.ask("prepare", request)
            if not worker.error:
                answers[worker] = answer
    ranked = [witness, *(w for w in workers if w.name == reference), *workers]
    expected = next((answers[worker] for worker in ranked if worker in answers), {})
    for worker in workers:
        if worker.error:
            continue
        # Not every peer tells all.
        wrong = [f"{name} {text}" for name, numbers in expected.items()
                 if name in answers[worker]
                 and (text := difference(answers[worker][name], numbers,
                                         tolerance * ROUGH.get(worker.name, 1)))]
        if wrong:
            worker.error = wrong[0]


def difference(answer, expected, tolerance):
    """How an answer differs from what is expected, or none if it is near."""
    if len(answer) != len(expected):
        return f"has {len(answer)} numbers rather than {len(expected)}"
    scale = max(map(abs, expected))
    apart = [abs(a - b) for a, b in zip(answer, expected)]
    if all(a <= tolerance * scale for a in apart):  # not of a NaN
        return None
    return f"differs by {max(apart):.2g}, the largest being {scale:.2g}"


def take_turns(workers, machine, count, seconds):
    """({peer: its times, a list for each round}, what the machine reached in each
    round)."""
    rounds = {worker.name: [] for worker in workers}
    reached = []
    for _ in range(count):
        reached.append(machine.measure())
        for worker in workers:
            if worker.error:
                continue
            times = worker.ask("time", seconds)
            if not worker.error:
                rounds[worker.name].append(times)
            # Threads of a peer that still spin must not slow the next.
            time.sleep(0.05)
    return rounds, reached


def summary(worker, rounds):
    """The figures of a peer, or its error."""
    if worker.error:
        return {"peer": worker.name, "error": worker.error}
    times = rounds[worker.name]
    result = {"peer": worker.name, "min_ms": 1e3 * min(map(min, times)),
              "median_ms": 1e3 * statistics.median(sum(times, [])),
              "round_medians_ms": [1e3 * statistics.median(t) for t in times]}
    own = rounds.get("tenon")
    if own:
        result["ratio"] = statistics.median(
            statistics.median(theirs) / statistics.median(ours)
            for theirs, ours in zip(times, own))
        result["ratio_of_min"] = min(map(min, times)) / min(map(min, own))
    return result
