"""terminal.py COMMAND...: runs a command whose stderr is a terminal, and prints what it wrote there,
a line each time it went back to the beginning, with `~` for clearing the line. Passes its status on.
"""

import os
import pty
import subprocess
import sys

ours, theirs = pty.openpty()
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
print(text.decode().replace("\r\n", "\n").replace("\r", "\n").replace("\x1b[K", "~"))
sys.exit(child.wait())
