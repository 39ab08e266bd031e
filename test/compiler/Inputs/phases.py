"""Dumps a compilation at every phase and goes on from each dump: the artifact
must come out byte for byte. phases.py CHECKPOINT FOLDER [OPTION]..."""

import filecmp
import os
import shutil
import subprocess
import sys

PHASES = ["graph", "folded", "fused", "kernels", "scheduled", "loops"]


def main(checkpoint, folder, *options):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)

    def compile_(source, output, *more):
        output = os.path.join(folder, output)
        subprocess.run(["tenon", "compile", source, "-o", output, *options, *more], check=True)
        return output

    whole = compile_(checkpoint, "whole.tenon")
    wrong = []
    for phase in PHASES:
        dump = compile_(checkpoint, phase + ".mlir", "--compile-to", phase)
        resumed = compile_(dump, phase + ".tenon", "--compile-from", phase)
        if not filecmp.cmp(whole, resumed, shallow=False):
            wrong.append(f"from {phase}")
        again = compile_(dump, phase + "-again.mlir", "--compile-from", phase, "--compile-to", phase)
        if not filecmp.cmp(dump, again, shallow=False):
            wrong.append(f"dump of {phase}")
    print("different: " + ", ".join(wrong) if wrong else "all phases agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
