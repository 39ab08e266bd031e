"""Times Tenon and its peers side by side, in one run.

Every peer has a process of its own. All answer the same inputs first, and must
agree; then they take turns, a slice of time each, for several rounds. A ratio
is the median over the rounds of the peer's median over Tenon's: above 1, Tenon
is faster. A peer that fails is listed with its error.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import decoders
import footprint
import generation
import heads
import models
import peers
from turns import Worker, agree, ratio_text, summary, take_turns


def compare(model, batch, tokens, workers, arguments):
    """A line for each peer."""
    agree(workers, models.feeds(model, batch, tokens), ["onnxruntime"])
    rounds = take_turns(workers, arguments.rounds, arguments.seconds)
    return [{"model": model.name, "batch": batch, "tokens": tokens,
             **summary(worker, rounds)} for worker in workers]


def machine(model, batch, tokens, threads):
    """What the machine reached in this run, as `tenon bench` measures it."""
    dims = f"B={batch}" if model.images else f"B={batch},S={tokens}"
    done = subprocess.run(
        [peers.TENON, "bench", peers.tenon_artifact(model), "--json", "--seconds", "1",
         "--shape", dims, "--threads", str(threads)],
        check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(
        prog="bench/run", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL",
                        help="of " + ", ".join(n for n, m in models.MODELS.items() if not m.tasks)
                        + " (default: bert-base)")
    parser.add_argument("--peers", help="of " + ",".join(peers.PEERS) + " (the default); "
                        "for models that generate, of " + ",".join(decoders.DECODERS))
    parser.add_argument("--cases", help="what models that generate do: of "
                        + ",".join(generation.CASES) + ",opening (default: all)")
    parser.add_argument("--shapes", help="BATCHxTOKENS, of images BATCHxPIXELS, comma between; default: "
                        "the model's")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a peer's turn")
    parser.add_argument("--openings", type=int, default=3, help="processes that are opened, of "
                        "each peer that generates")
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
        if model.generates:
            everything += generation.compare(model, arguments)
            continue
        shapes = model.shapes
        if arguments.shapes:
            shapes = [tuple(map(int, s.split("x"))) for s in arguments.shapes.split(",")]
        workers = [Worker(peer, model, arguments.threads)
                   for peer in (arguments.peers.split(",") if arguments.peers else peers.PEERS)]
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
                print(f"  {result['peer']:<18} min {result['min_ms']:8.2f} ms  "
                      f"median {result['median_ms']:8.2f} ms  {share:4.0%} of peak"
                      f"{ratio_text(result)}")
            sys.stdout.flush()
            everything += results
        for worker in workers:
            worker.stop()
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(everything, indent=1) + "\n")


if __name__ == "__main__":
    main()
