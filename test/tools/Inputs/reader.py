"""reader.py COMMAND...: reads a line of what a command answers to many requests, and no more."""

import signal
import subprocess
import sys
import threading

process = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)


def ask():
    try:
        process.stdin.write(b'"Yes."\n' * 20000)
        process.stdin.close()
    except BrokenPipeError:
        pass


asking = threading.Thread(target=ask)
asking.start()
print("read", process.stdout.readline().decode().rstrip())
process.stdout.close()
status = process.wait()
asking.join()
print("ended by SIGPIPE" if status == -signal.SIGPIPE else f"status {status}")
print(process.stderr.read().decode(), end="")
