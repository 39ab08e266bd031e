"""One peer in a process of its own, driven by turns.Worker over pipes:

    worker.py PEER MODEL THREADS PRECISION

Requests and replies are pickled, each after its length, on stdin and stdout; a
reply that is a text is an error.
"""

import importlib
import os
import pickle
import struct
import sys
import time
from array import array
from pathlib import Path


def serve(make):
    """Answers requests with the peer that `make` makes."""
    # Whatever a library prints must not come between the replies.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = os.fdopen(os.dup(0), "rb")

    def reply(value):
        data = pickle.dumps(value)
        replies.write(struct.pack("<q", len(data)) + data)
        replies.flush()

    begin = time.perf_counter()
    try:
        peer = make()
    except Exception as error:
        reply(error_text(error))
        return
    made = time.perf_counter() - begin
    usage = {}
    reply(None)
    while header := requests.read(8):
        verb, argument = pickle.loads(requests.read(struct.unpack("<q", header)[0]))
        try:
            if verb == "prepare":
                begin = time.perf_counter()
                peer.prepare(argument)
                prepared = time.perf_counter()
                answer = peer.answer()
                # Some load only when they know the shapes.
                usage = usage or {"load": made + prepared - begin,
                                  "first": made + time.perf_counter() - begin}
                reply({name: numbers(name, value, argument) for name, value in answer.items()})
            elif verb == "usage":
                reply({**usage, "peak": peak_memory(), "size": size(peer.opened)})
            else:
                reply(timed(peer, argument))
        except Exception as error:
            reply(error_text(error))


def numbers(name, value, request):
    """An answer without its shape, as what any Python can read. What stands at
    padding is zero: some compute it, some don't."""
    if name == "last_hidden_state":
        value = value * request["attention_mask"][..., None]
    return array("d", value.ravel() if hasattr(value, "ravel") else value)


def peak_memory():
    """Bytes that were resident at most. getrusage's include what the process that
    started this one had then."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def size(path):
    """Bytes of a file, or of all the files in a folder."""
    path = Path(path)
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def timed(peer, seconds):
    """The seconds of each call, for so long, at least 3. A peer's run() may tell
    other seconds than all that it took."""
    peer.run()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        begin = time.perf_counter()
        told = peer.run()
        times += told or [time.perf_counter() - begin]
    return times


def error_text(error):
    """One line. torch and others end theirs, or begin them, with empty ones."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def main():
    import models

    name, model, threads, precision = sys.argv[1:]
    model = models.find(model, precision)
    module = importlib.import_module("decoders" if model.generates else "peers")
    kind = module.PEERS[name]

    def make():
        if precision not in kind.precisions:
            raise NotImplementedError(f"not measured in {precision}")
        try:
            return kind(model, int(threads))
        except ModuleNotFoundError as error:
            if not kind.needs:
                raise
            raise ModuleNotFoundError("not installed: build/bench/venv/bin/pip install "
                                      + kind.needs) from error

    serve(make)


if __name__ == "__main__":
    main()
