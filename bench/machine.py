"""What the machine reaches, measured in every round beside the peers."""

import json
import os
import platform
import subprocess
from pathlib import Path

from files import is_current

SOURCE = Path(__file__).with_name("probes.cpp")
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")


class Machine:
    """The process of probes.cpp, built in `folder` when its source changed."""

    def __init__(self, threads, folder):
        program = folder / "probes"
        if not is_current(program, SOURCE):
            folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(["c++", "-std=c++20", "-O3", "-pthread", SOURCE, "-o", program],
                           check=True)
        self.process = subprocess.Popen(
            [program, str(threads), str(read_size())], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)

    def measure(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def last_level_cache():
    """Bytes of the largest cache of the first CPU; of 32 MiB if none is told."""
    units = {"K": 2**10, "M": 2**20, "G": 2**30}
    sizes = [text.strip() for text in map(Path.read_text, CACHES.glob("index*/size"))]
    return max((int(s[:-1]) * units[s[-1]] for s in sizes), default=2**25)


def read_size():
    """Bytes to read through: eight times the last-level cache, so that little of
    it is still there from the round before; at most a third of the free memory."""
    fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free = 1024 * int(fields["MemAvailable"].split()[0])
    return min(8 * last_level_cache(), free // 3)


def description():
    """The processor's name and its cache."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {"processor": names[0] if names else platform.machine(), "cpus": os.cpu_count(),
            "last_level_cache": last_level_cache()}


def best(rounds):
    """The most that each probe reached in any round; None where the processor
    lacks what it measures."""
    def most(name):
        return max((r[name] for r in rounds if r[name] is not None), default=None)
    return {name: most(name) for name in ("fma", "vnni", "bf16", "read")}
