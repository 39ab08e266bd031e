"""Tenon as built, and the artifacts that it compiles for the benches."""

import json
import subprocess
from pathlib import Path

from files import is_current

ROOT = Path(__file__).resolve().parent.parent
TENON = ROOT / "build/bin/tenon"
LIBRARY = ROOT / "build/lib/libtenon.so"
COMPILER = ROOT / "build/lib/libtenon-compiler.so"


def artifact(model):
    """The model's artifact, compiled anew when the compiler or the checkpoint
    changed."""
    exact = model.precision == "fp32"
    file = model.checkpoint.parent / ("model.tenon" if exact else f"{model.precision}.tenon")
    if not is_current(file, COMPILER, model.checkpoint / "model.safetensors"):
        options = [] if exact else ["--quantize", model.precision]
        if model.precision == "int8-static":
            options = ["--quantize", "int8", "--calibrate", model.samples()]
        called([TENON, "compile", model.checkpoint, "-o", file, *options])
    return file


def figures(model, shape, threads, entry="forward"):
    """What `tenon bench` tells of a call: its operations and bytes among it."""
    return json.loads(called(
        [TENON, "bench", artifact(model), "--json", "--seconds", "0.01", "--entry", entry,
         "--shape", shape, "--threads", str(threads)]))


def called(command):
    """What a command prints; what it complains of is raised."""
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or f"status {done.returncode}").splitlines()[-1])
    return done.stdout
