"""Compares calls of a compiled checkpoint's entries with their golden, with the `tenon` of PATH.

    check_calls.py CHECKPOINT SCRATCH

CHECKPOINT is a folder of decoders/. All its calls run one after the other on one state, with the
code of each variant that this machine can run. Prints what differs and exits 1 if anything does.
"""

import json
import pathlib
import sys

from check import (
    Failures,
    check_answers,
    check_outputs,
    read_safetensors,
    runnable_variants,
    tenon,
)


def main(checkpoint, scratch):
    scratch.mkdir(parents=True, exist_ok=True)
    artifact, out = scratch / "model.tenon", scratch / "out.safetensors"
    status, stdout, stderr = tenon("compile", checkpoint, "-o", artifact)
    if status or stdout or stderr:
        sys.exit(f"compile: exit status {status}\n{stdout}{stderr}")
    entries = json.loads((checkpoint / "calls.json").read_text())["entries"]
    expected = read_safetensors(checkpoint / "expected.safetensors")
    failures = Failures()
    variants = runnable_variants(artifact)
    for variant in variants:
        inputs = ["--inputs-from", checkpoint / "calls.safetensors"]
        run = ["run", artifact, "--entry", entries, *inputs]
        check_outputs(variant or "the best code", run, variant, expected, out, failures)
    pipeline = checkpoint / "pipeline.json"
    if pipeline.exists():
        check_answers(artifact, json.loads(pipeline.read_text())["calls"], failures)
    names = ", ".join(v for v in variants if v)
    print(f"{checkpoint.name}: {len(expected)} tensors on {names}")
    print(*failures.lines, sep="\n")
    sys.exit(1 if failures.lines else 0)


main(*map(pathlib.Path, sys.argv[1:]))
