"""Runs the check files of folders on a backend, as their own RUN lines do on the CPU.

    check_files.py TARGET[:CPU] FOLDER...

Prints what fails, or what the validation layer says; exits 1 if anything does. A file with a line
`// TARGET options: OPTION...` is run with these.
"""

import pathlib
import re
import subprocess
import sys

name, *folders = sys.argv[1:]
target, _, cpu = name.partition(":")
failed = checked = 0
for folder in folders:
    for file in sorted(pathlib.Path(folder).glob("*.mlir")):
        text = file.read_text()
        if not re.search(r"RUN: tenon-check %s( --shapes|$)", text, re.MULTILINE):
            continue
        command = ["tenon-check", str(file), "--target", target]
        options = re.search(rf"^// {target} options: (.+)$", text, re.MULTILINE)
        if options:
            command += options[1].split()
        elif "tenon-check %s --shapes" in text:  # Others have their shapes in them.
            command += ["--shapes", "2"]
        command += ["--cpu", cpu] if cpu else []
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        checked += 1
        if done.returncode or "Validation" in done.stdout:
            failed += 1
            print(f"{' '.join(command)}\n{done.stdout}status {done.returncode}\n", flush=True)
print(f"{checked - failed} of {checked} files agree")
sys.exit(1 if failed or not checked else 0)
