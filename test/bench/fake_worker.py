"""A peer for the bench's own test: fake_worker.py SECONDS ANSWER, whose calls
take so long and give that number, or fail as `crash` (when made), `raise` (when
timed) or `die` (when timed)."""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

import worker  # noqa: E402


class Fake:
    opened = __file__

    def __init__(self, seconds, answer):
        if answer == "crash":
            raise RuntimeError("\ncannot be made\nas it is")
        self.seconds, self.behaviour = float(seconds), answer

    def prepare(self, request):
        self.request = request

    def answer(self):
        number = 1.0 if self.behaviour in ("raise", "die") else float(self.behaviour)
        return {"logits": [number * self.request, -1.0]}

    def run(self):
        if self.behaviour == "raise":
            raise ValueError("no more")
        if self.behaviour == "die":
            os._exit(3)
        time.sleep(self.seconds)


if __name__ == "__main__":
    worker.serve(lambda: Fake(*sys.argv[1:]))
