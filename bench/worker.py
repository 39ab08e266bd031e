"""One peer in a process of its own, driven by compare.py over pipes.

Requests and replies are pickled, each after its length, on stdin and stdout.
"""

import os
import pickle
import resource
import struct
import sys
import time

import models


def main():
    # Whatever a library prints must not come between the replies.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = os.fdopen(os.dup(0), "rb")

    def reply(value):
        data = pickle.dumps(value)
        replies.write(struct.pack("<q", len(data)) + data)
        replies.flush()

    name, model, threads = sys.argv[1], models.MODELS[sys.argv[2]], int(sys.argv[3])
    kind = kinds(model)[name]  # numpy isn't the peers' to import
    begin = time.perf_counter()
    try:
        peer = kind(model, threads)
    except Exception as error:
        reply(error_text(error))
        return
    reply(None)
    first = None  # seconds until the first answer
    while header := requests.read(8):
        verb, argument = pickle.loads(requests.read(struct.unpack("<q", header)[0]))
        try:
            if verb == "prepare":
                peer.prepare(argument)
                answer = peer.answer()
                first = first or time.perf_counter() - begin
                reply(answer)
            elif verb == "usage":
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
                reply({"first": first, "peak": peak})
            else:
                reply(timed(peer, argument))
        except Exception as error:
            reply(error_text(error))


def kinds(model):
    if model.generates:
        import decoders

        return decoders.DECODERS
    import peers

    return peers.PEERS


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
    return f"{type(error).__name__}: {error}".splitlines()[0]


if __name__ == "__main__":
    main()
