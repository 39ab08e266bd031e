"""exits.py STATUS COMMAND...: runs a command whose exit status must be STATUS.

Its stdout and stderr come out together; nothing else is printed unless the status is another.
"""

import subprocess
import sys

done = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
sys.stdout.buffer.write(done.stdout)
if done.returncode != int(sys.argv[1]):
    sys.exit(f"exit status {done.returncode}, not {sys.argv[1]}")
