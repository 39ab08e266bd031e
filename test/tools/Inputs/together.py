"""together.py COUNT COMMAND...: runs a command several times at once.

Prints each status and the lines of stdout, once if they are all the same; and what stderr has of errors.
"""

import subprocess
import sys

processes = [
    subprocess.Popen(sys.argv[2:], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(int(sys.argv[1]))]
seen = []
for process in processes:
    out, err = process.communicate()
    lines = f"{process.returncode} {out.splitlines()}"
    lines += "".join("\n" + line for line in err.splitlines() if "error" in line)
    if lines not in seen:
        seen.append(lines)
        print(lines)
