"""in_turn.py FILE COMMAND...: gives a command the lines of a file, each after the answer to the one before.

Its stdout comes out, then its stderr; the status is the command's.
"""

import subprocess
import sys
import tempfile

with tempfile.TemporaryFile() as said:
    process = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said)
    with open(sys.argv[1], "rb") as lines:
        for line in lines:
            process.stdin.write(line)
            process.stdin.flush()
            sys.stdout.buffer.write(process.stdout.readline())
    process.stdin.close()
    sys.stdout.buffer.write(process.stdout.read())
    status = process.wait()
    said.seek(0)
    sys.stdout.buffer.write(said.read())
sys.exit(status)
