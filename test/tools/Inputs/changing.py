"""changing.py touch|cut FILE COMMAND...: changes a file again and again while a command runs.

`touch` sets its time, `cut` makes it shorter and whole again. It is as before in the end. The command's
stderr and exit status are passed on.
"""

import os
import subprocess
import sys
import time

how, path = sys.argv[1:3]
with open(path, "rb") as file:
    whole = file.read()
command = subprocess.Popen(sys.argv[3:])
while command.poll() is None:
    if how == "touch":
        os.utime(path)
    else:
        os.truncate(path, len(whole) // 2)
    time.sleep(0.002)
with open(path, "wb") as file:
    file.write(whole)
sys.exit(command.returncode)
