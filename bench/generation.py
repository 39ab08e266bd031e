"""Models that generate text beside their peers: bench/run gpt2.

A prompt, a token more, and whole generations, each in turns like a single pass.
Shares are of what `tenon bench` measures: of the arithmetic peak for a prompt,
of the bandwidth of reading for a token. Then what a process takes from opening
the model, its library included, to the first token, and its memory at most.
"""

import json
import subprocess
import sys

import decoders
import models
import peers
from turns import Worker, agree, ratio_text, summary, take_turns

NEW = 33  # tokens of a whole generation

CASES = {
    "prefill-128": {"kind": "prefill", "ids": models.prompt(128), "new": 1},
    "prefill-1000": {"kind": "prefill", "ids": models.prompt(1000), "new": 1},
    "step": {"kind": "step", "ids": models.prompt(128), "new": 1},
    "greedy": {"kind": "greedy", "ids": models.prompt(128), "new": NEW},
    "beams": {"kind": "beams", "ids": models.prompt(128), "new": NEW},
}


def machine(model, entry, shape, threads):
    """What an entry needs and the machine reaches, as `tenon bench` measures it."""
    done = subprocess.run(
        [peers.TENON, "bench", peers.tenon_artifact(model), "--json", "--seconds", "0.3",
         "--entry", entry, "--shape", shape, "--threads", str(threads)],
        check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def shares(case, model, threads):
    """How much of what the machine reaches a time is, and of what, as text; of
    single calls only."""
    tokens = len(case["ids"])
    if case["kind"] == "prefill":
        found = machine(model, "prefill", f"B=1,T={tokens},P=0", threads)
        need, reached, what = found["flops"], found["peak"]["flops"], "GFLOP/s"
    elif case["kind"] == "step":
        found = machine(model, "step", f"B=1,P={tokens}", threads)
        need, reached, what = found["bytes"], found["peak"]["read_bytes"], "GB/s"
    else:
        return "", lambda milliseconds: None
    return (f": {reached / 1e9:.1f} {what} at most",
            lambda milliseconds: need / (milliseconds / 1e3) / reached)


def compare_case(name, model, workers, arguments):
    case = CASES[name]
    agree(workers, case, ["torch"])
    rounds = take_turns(workers, arguments.rounds, arguments.seconds)
    results = [{"model": model.name, "case": name, **summary(worker, rounds)}
               for worker in workers]
    most, share = shares(case, model, arguments.threads)
    print(f"{model.name} {name}, {arguments.threads} threads{most}")
    for result in results:
        if "error" in result:
            print(f"  {result['peer']:<18} {result['error']}")
            continue
        result["share"] = share(result["min_ms"])
        text = "" if result["share"] is None else f"  {result['share']:4.0%}"
        print(f"  {result['peer']:<18} min {result['min_ms']:8.2f} ms  "
              f"median {result['median_ms']:8.2f} ms{text}{ratio_text(result)}")
    sys.stdout.flush()
    return results


def beam_steps(results):
    """What a step of beams costs beside a single one: what a generation takes
    longer than its prompt, for each further token."""
    found = {(r["case"], r["peer"]): r["min_ms"] for r in results if "error" not in r}
    for (case, peer), whole in found.items():
        parts = [found.get((name, peer)) for name in ("prefill-128", "greedy")]
        if case != "beams" or None in parts:
            continue
        prompt, greedy = parts
        single, beams = ((t - prompt) / (NEW - 1) for t in (greedy, whole))
        print(f"  {peer:<18} a step takes {single:6.2f} ms, of {decoders.BEAMS} beams "
              f"{beams:6.2f} ms: {beams / single:.2f}x")


def openings(names, model, arguments):
    """From opening the model to the first token, in processes of their own, files
    in the page cache; and the memory then."""
    print(f"{model.name}, from opening to the first token of 128; memory at most")
    results = []
    for name in names:
        figures = []
        for _ in range(arguments.openings):
            worker = Worker(name, model, arguments.threads)
            for verb in (("prepare", CASES["prefill-128"]), ("usage", None)):
                answer = None if worker.error else worker.ask(*verb)
            # The next calls are what a prompt takes when all is warm.
            times = [] if worker.error else worker.ask("time", 0)
            if not worker.error:
                figures.append((answer["first"], min(times), answer["peak"]))
            worker.stop()
        if worker.error:
            print(f"  {name:<18} {worker.error}")
            continue
        first, steady, peak = (min(column) for column in zip(*figures))
        results.append({"model": model.name, "case": "opening", "peer": name,
                        "first_ms": 1e3 * first, "prompt_ms": 1e3 * steady, "peak": peak})
        print(f"  {name:<18} {1e3 * first:8.1f} ms, {1e3 * (first - steady):+8.1f} ms beside "
              f"the prompt; {peak / 1e6:6.0f} MB")
    return results


def compare(model, arguments):
    names = arguments.peers.split(",") if arguments.peers else list(decoders.DECODERS)
    cases = arguments.cases.split(",") if arguments.cases else [*CASES, "opening"]
    results = []
    if any(case in CASES for case in cases):
        workers = [Worker(name, model, arguments.threads) for name in names]
        for case in cases:
            if case in CASES:
                results += compare_case(case, model, workers, arguments)
        for worker in workers:
            worker.stop()
        beam_steps(results)
    if "opening" in cases:
        results += openings(names, model, arguments)
    return results
