"""Runs a command that may need what this machine's device lacks.

    unless_lacking.py FEATURE COMMAND...

Prints what it prints. That the device lacks a feature whose name begins with FEATURE is no failure.
"""

import re
import subprocess
import sys

feature, *command = sys.argv[1:]
done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
print(done.stdout, end="")
lacks = re.search(r"\(lacks ([^)]*)\)", done.stdout)
isLacking = lacks and any(name.startswith(feature) for name in lacks[1].split(", "))
sys.exit(0 if isLacking else done.returncode)
