#!/usr/bin/env python3
"""Makes every golden fixture of this folder; see README.md.

    make.py                 regenerate all of it
    make.py --check         regenerate into a scratch folder and compare byte for byte
    make.py --only GLOB     only the fixtures whose name matches (repeatable)
    make.py --list          names and purposes
"""

import argparse
import fnmatch
import logging
import os
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

# One thread and the plainest code paths: the same bytes on every x86-64 processor. They have to
# be set before the libraries load.
ENVIRONMENT = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONWARNINGS": "ignore",
}


def restart_in_fixed_environment():
    if any(os.environ.get(k) != v for k, v in ENVIRONMENT.items()):
        os.environ.update(ENVIRONMENT)
        os.execv(sys.executable, [sys.executable, *sys.argv])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--only", action="append", metavar="GLOB", help="fixtures to make")
    parser.add_argument("--list", action="store_true", help="list the fixtures")
    parser.add_argument("-v", "--verbose", action="store_true", help="say which seeds are tried")
    return parser.parse_args()


def main():
    options = arguments()
    restart_in_fixed_environment()
    logging.basicConfig(
        format="%(message)s", level=logging.INFO if options.verbose else logging.WARNING
    )
    sys.path.insert(0, str(HERE))
    from generate import run

    wanted = options.only or ["*"]

    def matches(name):
        return any(fnmatch.fnmatch(name, pattern) for pattern in wanted)

    if options.list:
        for name, purpose in run.fixtures():
            print(f"{name:40} {purpose}")
        return 0
    if not options.check:
        run.generate(HERE, matches)
        return 0
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="goldens-"))
    try:
        run.generate(scratch, matches, partial_of=HERE)
        return run.compare(HERE, scratch, matches)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    sys.exit(main())
