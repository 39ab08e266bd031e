"""Builds and runs the test suites and counts: see scripts/test."""

import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path("/usr/lib/llvm-22/bin")

# What the sanitizers see: the runtime and every parser of files from outside.
SANITIZED_UNITS = ["SupportTests", "TokenizersTests", "RuntimeTests", "HeadsTests",
                   "GenerationTests", "MediaTests", "CApiTests", "NullVulkanTests",
                   "VulkanMachineTests"]
THREADED_UNITS = ["RuntimeTests", "CApiTests"]
FUZZ_SECONDS = 5

SANITIZER_ENVIRONMENT = {
    # LLVM's allocators poison what they hold back, but the installed LLVM, which
    # shares them with our code, isn't sanitized and doesn't lift it again.
    "ASAN_OPTIONS": "detect_leaks=1:allow_user_poisoning=0",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1",
    # Drivers leak when they are unloaded: there shall be none. What is tested of
    # them has one of its own (NullVulkanTests).
    "VK_DRIVER_FILES": "/none",
    "VK_ICD_FILENAMES": "/none",
}


@dataclass
class Tally:
    """What a suite came to."""

    passed: int = 0
    skipped: int = 0
    failed: list[str] = field(default_factory=list)
    output: str = ""

    def add(self, ok, name, output=""):
        if ok:
            self.passed += 1
        else:
            self.failed.append(name)
            self.output += output


def build(preset, *targets):
    subprocess.run([ROOT / "scripts/build", preset, *targets], check=True)
    return ROOT / ("build" if preset == "release" else f"build-{preset}")


def run(command, environment=None, **options):
    return subprocess.run(
        [str(c) for c in command], text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})}, **options)


def run_units(folder, names, environment=None):
    """GoogleTest programs, as many at once as there are processors, each test counted."""
    def one(name):
        results = folder / f"{name}.json"
        results.unlink(missing_ok=True)
        return name, results, run([folder / "bin" / name, f"--gtest_output=json:{results}"],
                                  environment, cwd=folder)

    tally = Tally()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ran = list(pool.map(one, names))
    for name, results, done in ran:
        if not results.exists():
            tally.add(False, f"{name} (died with {done.returncode})", done.stdout)
            continue
        before = len(tally.failed)
        for suite in json.loads(results.read_text())["testsuites"]:
            for test in suite["testsuite"]:
                title = f"{name}: {suite['name']}.{test['name']}"
                if test["result"] == "SKIPPED":
                    tally.skipped += 1
                else:
                    tally.add("failures" not in test, title)
        if done.returncode and len(tally.failed) == before:
            tally.add(False, f"{name} (exit status {done.returncode})")
        if done.returncode:
            tally.output += done.stdout
    return tally


def units():
    folder = build("release")
    names = sorted(p.name for p in (folder / "bin").glob("*Tests"))
    return run_units(folder, names)


def lit():
    folder = build("release")
    results = folder / "lit.json"
    results.unlink(missing_ok=True)
    done = run([BIN / "lit", "-v", "--output", results, folder / "test"])
    tally = Tally()
    if not results.exists():
        tally.add(False, "lit", done.stdout)
        return tally
    for test in json.loads(results.read_text())["tests"]:
        if test["code"] in ("PASS", "XFAIL"):
            tally.passed += 1
        elif test["code"] in ("UNSUPPORTED", "SKIPPED", "EXCLUDED"):
            tally.skipped += 1
        else:
            tally.add(False, test["name"])
    if done.returncode or tally.failed:
        # What passed isn't of interest when something did not.
        tally.output = re.sub(r"(?m)^PASS: .*\n", "", done.stdout)
        if not tally.failed:
            tally.add(False, f"lit (exit status {done.returncode})")
    return tally


def asan():
    folder = build("asan", *SANITIZED_UNITS)
    return run_units(folder, SANITIZED_UNITS, SANITIZER_ENVIRONMENT)


def tsan():
    folder = build("tsan", *THREADED_UNITS)
    return run_units(folder, THREADED_UNITS, SANITIZER_ENVIRONMENT)


def fuzz():
    """Each fuzz target for a few seconds, from the same seeds; a find is kept."""
    folder = build("asan", "TenonFuzzers")
    tally = Tally()
    done = run([ROOT / "test/fuzz/run.sh", folder, FUZZ_SECONDS])
    for target in sorted((folder / "fuzz").glob("*_fuzz")):
        name = target.name.removesuffix("_fuzz")
        tally.add(re.search(rf"(?m)^{name}: \d+ inputs, nothing found$", done.stdout), f"fuzz {name}")
    if tally.failed:
        tally.output = done.stdout[-20000:]
    elif done.returncode:
        tally.add(False, f"fuzz (exit status {done.returncode})", done.stdout[-8000:])
    return tally


def light_environment(folder, name, tally):
    """The Python of a virtual environment with test/NAME/requirements.txt, made if need be; none if
    that fails."""
    environment = folder / f"venv-{name}"
    requirements = ROOT / "test" / name / "requirements.txt"
    stamp = environment / "installed.txt"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        commands = [
            [sys.executable, "-m", "venv", "--clear", environment],
            [environment / "bin/pip", "install", "--quiet",
             "--disable-pip-version-check", "-r", requirements]]
        for command in commands:
            done = run(command)
            if done.returncode:
                tally.add(False, f"install what the tests of {name} need", done.stdout)
                return None
        stamp.write_text(requirements.read_text())
    return environment / "bin/python"


def tokenizers():
    """Against the tokenizers library and transformers, on strings of every kind."""
    folder = build("release", "tokenize_tool")
    tally = Tally()
    if python := light_environment(folder, "tokenizers", tally):
        done = run([python, ROOT / "test/tokenizers/differential.py",
                    "--count", "10000", "--others", "100", "--transformers", "--folders", "60",
                    "--tool", folder / "bin/tokenize_tool"])
        tally.add(done.returncode == 0, "tokenizers differential", done.stdout[-8000:])
    return tally


def media():
    """Against Pillow, on images of every kind; against goldens of transformers' processors."""
    folder = build("release", "media_tool")
    tally = Tally()
    if python := light_environment(folder, "media", tally):
        for script in ("differential", "processors"):
            done = run([python, ROOT / f"test/media/{script}.py",
                        "--tool", folder / "bin/media_tool"])
            tally.add(done.returncode == 0, f"media {script}", done.stdout[-8000:])
    return tally


def format():
    """Every C and C++ file is as clang-format would have it."""
    files = run(["git", "ls-files", "*.h", "*.c", "*.cpp"], cwd=ROOT).stdout.split()
    tally = Tally()
    done = run([BIN / "clang-format", "--dry-run", "-Werror", *files], cwd=ROOT)
    tally.add(done.returncode == 0, "clang-format", done.stdout[-8000:])
    return tally


def tidy():
    """clang-tidy on everything, file by file: half an hour, so only when it is asked for."""
    folder = build("each")
    files = run(["git", "ls-files", "*.cpp"], cwd=ROOT).stdout.split()
    compiled = {str(Path(command["file"]).relative_to(ROOT)) for command in
                json.loads((folder / "compile_commands.json").read_text())
                if command["file"].startswith(str(ROOT))}
    tally = Tally()
    for file in sorted(compiled.intersection(files)):
        done = run(["clang-tidy-22", "-p", folder, "--quiet",
                    "--warnings-as-errors=*", file], cwd=ROOT)
        tally.add(done.returncode == 0, f"tidy {file}", done.stdout)
    return tally


SUITES = [format, units, lit, tokenizers, media, asan, fuzz, tsan]


def main():
    names = {suite.__name__: suite for suite in [*SUITES, tidy]}
    unknown = [name for name in sys.argv[1:] if name not in names]
    if unknown:
        print(f"test: error: no suite {unknown[0]}; there are {', '.join(names)}")
        return 2
    passed = skipped = 0
    failed = []
    for name in sys.argv[1:] or [suite.__name__ for suite in SUITES]:
        begin = time.monotonic()
        try:
            tally = names[name]()
        except subprocess.CalledProcessError:
            tally = Tally()
            tally.add(False, f"{name}: the build")
        if tally.failed:
            print(tally.output)
        line = f"{name:<11}{tally.passed:>5} passed"
        line += f", {len(tally.failed)} failed" if tally.failed else ""
        line += f", {tally.skipped} skipped" if tally.skipped else ""
        print(f"{line}  ({time.monotonic() - begin:.0f} s)", flush=True)
        passed += tally.passed
        skipped += tally.skipped
        failed += tally.failed
    for name in failed:
        print(f"FAILED: {name}")
    tail = f", {skipped} skipped" if skipped else ""
    print(f"{passed} passed, {len(failed)} failed{tail}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
