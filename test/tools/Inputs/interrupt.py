"""interrupt.py SOURCE FOLDER: interrupts `tenon compile SOURCE` again and again, when it has compiled
more or fewer of its kernels.

Each time nothing may be left of it: no file in place of the artifact, none beside it, and none in
the folder of temporary files or half written in the cache. In the end, what is compiled with that
cache has the same bytes as without it.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

# What runs the tests may ignore it, and commands would go on ignoring it.
signal.signal(signal.SIGINT, signal.SIG_DFL)

source, folder = sys.argv[1], pathlib.Path(sys.argv[2])
output, temporary, cache = folder / "out", folder / "tmp", folder / "cache"
for path in (output, temporary, cache):
    path.mkdir()
artifact = output / "m.tenon"


def start(target, cached):
    return subprocess.Popen(
        ["tenon", "compile", source, "--cpu", "x86-64", "--jobs", "1", "-o", target],
        env={**os.environ, "TMPDIR": str(temporary), "XDG_CACHE_HOME": str(cached)},
        stderr=subprocess.PIPE)


def left():
    """Files that no command may leave, whatever ended it."""
    found = [*output.iterdir(), *temporary.iterdir()]
    return found + [p for p in cache.rglob("*") if p.is_file() and p.suffix != ".o"]


whole = start(folder / "whole.tenon", folder / "other")
assert whole.wait() == 0, whole.stderr.read()
kernels = len(list((folder / "other").rglob("*.o")))
assert kernels > 4

for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
    for count in (1, kernels // 2):
        shutil.rmtree(cache)
        cache.mkdir()
        command = start(artifact, cache)
        while command.poll() is None and len(list(cache.rglob("*.o"))) < count:
            time.sleep(0.001)
        command.send_signal(ending)
        status = command.wait()
        if status != -ending or command.stderr.read():
            print(f"status {status} after {ending!r} at {count} kernels")
        for path in left():
            print(f"{path} is left after {ending!r} at {count} kernels")
assert start(artifact, cache).wait() == 0
same = artifact.read_bytes() == (folder / "whole.tenon").read_bytes()
print("the same bytes" if same else "other bytes")
