"""limited.py BYTES COMMAND...: runs a command that can write files of so many bytes only, as if the
disk were full then.
"""

import os
import resource
import signal
import sys

size = int(sys.argv[1])
# Ignored, so that writing fails instead.
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
os.execvp(sys.argv[2], sys.argv[2:])
