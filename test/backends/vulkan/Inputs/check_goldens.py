"""Compares the outputs of many checkpoints with their goldens on a backend, with the `tenon` of PATH.

    check_goldens.py CHECKPOINTS SCRATCH TARGET:CPU PATTERN...

CHECKPOINTS is a folder of folders; each whose name a PATTERN (with * and ?) is for is compiled for TARGET
once, and all cases of its golden run in one process. What is around the model is what check.py compares.
Prints what differs, or what the validation layer says, and exits 1 if anything does.
"""

import fnmatch
import pathlib
import sys

root, scratch, name, *patterns = sys.argv[1:]
sys.path.insert(0, str(pathlib.Path(root).parent))
from check import INPUTS, Failures, check_outputs, read_safetensors, tenon, write_safetensors

target, _, cpu = name.partition(":")


def check(folder, scratch, failures):
    artifact, given = scratch / "model.tenon", scratch / "in.safetensors"
    status, stdout, stderr = tenon("compile", folder, "-o", artifact, "--target", target, "--cpu", cpu)
    if status or stdout:
        failures.add(folder.name, f"compile: exit status {status}: {stdout}{stderr}")
        return 0
    inputs, expected, entries, numbers = {}, {}, [], {}
    for field, tensor in read_safetensors(folder / "golden.safetensors").items():
        case, _, what = field.partition(".")
        if case not in numbers:
            numbers[case] = len(numbers)
            # A case of another entry is called caseN-ENTRY.
            entries.append(case.partition("-")[2] or "forward")
        (inputs if what in INPUTS else expected)[f"{numbers[case]}.{what}"] = tensor
    write_safetensors(given, inputs)
    run = ["run", artifact, "--entry", ",".join(entries), "--inputs-from", given, "--device", target]
    check_outputs(folder.name, run, "", expected, scratch / "out.safetensors", failures)
    return len(expected)


def main():
    failures, tensors = Failures(), 0
    directory = pathlib.Path(scratch)
    directory.mkdir(parents=True, exist_ok=True)
    folders = [
        folder
        for folder in sorted(pathlib.Path(root).iterdir())
        if any(fnmatch.fnmatch(folder.name, pattern) for pattern in patterns)
    ]
    for folder in folders:
        tensors += check(folder, directory, failures)
    print(*failures.lines, sep="\n", end="\n" if failures.lines else "")
    print(f"{tensors} tensors of {len(folders)} checkpoints")
    sys.exit(1 if failures.lines else 0)


main()
