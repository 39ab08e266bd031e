"""terminal.py [--stdout] COMMAND...: runs a command whose stderr, or stdout, is a terminal, and prints
what it wrote there, a line each time it went back to the beginning, with `~` for clearing the line.
Passes its status on.
"""

import os
import pty
import subprocess
import sys

ours, theirs = pty.openpty()
if sys.argv[1] == "--stdout":
    child = subprocess.Popen(sys.argv[2:], stdout=theirs, stderr=subprocess.DEVNULL)
else:
    child = subprocess.Popen(sys.argv[1:], stderr=theirs, stdout=subprocess.DEVNULL)
os.close(theirs)
text = b""
while True:
    try:
        piece = os.read(ours, 4096)
    except OSError:  # What Linux says when the last writer is gone.
        break
    if not piece:
        break
    text += piece
print(text.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n").replace("\x1b[K", "~"),
      end="")
sys.exit(child.wait())
