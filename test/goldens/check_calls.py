"""Compares calls of a compiled checkpoint's entries with their golden, with the `tenon` of PATH.

    check_calls.py CHECKPOINT SCRATCH [TARGET[:CPU]]

CHECKPOINT is a folder of decoders/. All its calls run one after the other on one state, with the
code of each variant that this machine can run, or with that of a backend. Prints what differs and exits 1 if anything does.
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


def main(checkpoint, scratch, target=None):
    checkpoint, scratch = pathlib.Path(checkpoint), pathlib.Path(scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    artifact, out = scratch / "model.tenon", scratch / "out.safetensors"
    backend, _, cpu = (target or "").partition(":")
    how = ["--target", backend] if backend else []
    how += ["--cpu", cpu] if cpu else []
    status, stdout, stderr = tenon("compile", checkpoint, "-o", artifact, *how)
    if status or stdout or stderr:
        sys.exit(f"compile: exit status {status}\n{stdout}{stderr}")
    entries = json.loads((checkpoint / "calls.json").read_text())["entries"]
    expected = read_safetensors(checkpoint / "expected.safetensors")
    failures = Failures()
    variants = [""] if target else runnable_variants(artifact)
    for variant in variants:
        inputs = ["--inputs-from", checkpoint / "calls.safetensors"]
        run = ["run", artifact, "--entry", entries, *inputs]
        check_outputs(variant or "the best code", run, variant, expected, out, failures)
    pipeline = checkpoint / "pipeline.json"
    if pipeline.exists():
        calls = json.loads(pipeline.read_text())["calls"]
        check_answers(artifact, calls, failures, command_lines=not target)
    names = target or ", ".join(v for v in variants if v)
    print(f"{checkpoint.name}: {len(expected)} tensors on {names}")
    print(*failures.lines, sep="\n")
    sys.exit(1 if failures.lines else 0)


main(*sys.argv[1:])
