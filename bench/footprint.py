"""What compiling and opening a model cost: bench/run --footprint.

Cold and cached compile times with the peak of memory, sizes beside the weights,
and the times to open an artifact and to give a first answer, with the files in
the page cache.
"""

import ctypes
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import peers
import rows
import tenon_files


def measured(command, environment):
    """(seconds, peak resident bytes) of a command."""
    begin = time.perf_counter()
    child = subprocess.Popen([str(c) for c in command], env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} failed")
    return time.perf_counter() - begin, usage.ru_maxrss * 1024


def stripped_size(library, folder):
    stripped = Path(folder) / "stripped.so"
    subprocess.run(["strip", "-o", stripped, library], check=True)
    return stripped.stat().st_size


def first_answer(model, threads):
    """Seconds to open, to answer first, and of a steady answer."""
    feeds = rows.rows_of(model.name)[0].request()
    ctypes.CDLL(str(tenon_files.LIBRARY))  # a program has it loaded already
    begin = time.perf_counter()
    peer = peers.Tenon(model, threads)
    opened = time.perf_counter()
    peer.prepare(feeds)
    prepared = time.perf_counter()
    peer.run()
    first = time.perf_counter() - prepared
    steady = []
    for _ in range(20):
        begun = time.perf_counter()
        peer.run()
        steady.append(time.perf_counter() - begun)
    return opened - begin, first, min(steady)


def footprint(model, threads):
    weights = (model.checkpoint / "model.safetensors").stat().st_size
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_CACHE_HOME": folder}
        artifact = Path(folder) / "model.tenon"
        command = [tenon_files.TENON, "compile", model.checkpoint, "-o", artifact]
        cold, peak = measured(command, environment)
        cached, _ = measured(command, environment)
        size = artifact.stat().st_size
        library = stripped_size(tenon_files.LIBRARY, folder)
    tenon_files.artifact(model)
    opening, first, steady = first_answer(model, threads)
    print(f"{model.name}, {threads} threads")
    print(f"  compile        {cold:.2f} s cold, {cached:.2f} s with kernels cached")
    print(f"  peak memory    {peak / 1e6:.0f} MB, {peak / weights:.2f}x the weights")
    print(f"  artifact       {size / 1e6:.1f} MB, {(size - weights) / 1e6:+.2f} MB "
          "beside the checkpoint's weights")
    print(f"  runtime        {library / 1e6:.2f} MB stripped")
    print(f"  open           {opening * 1e3:.1f} ms, threads and session included")
    print(f"  first answer   {first * 1e3:.1f} ms, {(first - steady) * 1e3:+.1f} ms "
          f"beside a steady {steady * 1e3:.1f} ms")
    sys.stdout.flush()
