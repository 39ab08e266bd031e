"""The bench measured on made-up peers: a slow one is reported as slow, a wrong or
broken one with its error, and the report holds both. check_harness.py FOLDER"""

import json
import math
import sys
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "bench"))

import harness  # noqa: E402
import report  # noqa: E402
from rows import Row  # noqa: E402
from turns import Worker, agree, difference  # noqa: E402

FAST, SLOW = 0.001, 0.020
PEERS = {"tenon": (FAST, "1"), "slow": (SLOW, "1"), "near": (FAST, "1.00001"),
         "wrong": (FAST, "1.01"), "nan": (FAST, "nan"), "crash": (FAST, "crash"),
         "raise": (FAST, "raise"), "die": (FAST, "die")}
OPTIONS = Namespace(rounds=3, seconds=0.02, threads=1)
ERRORS = {"wrong": "logits differs by 0.03, the largest being 3",
          "nan": "logits differs by nan, the largest being 3",
          "crash": "RuntimeError: cannot be made", "raise": "ValueError: no more",
          "die": "died with status 3"}


@dataclass(frozen=True)
class FakeRow(Row):
    """Needs a thousandth of what the machine reaches in a second."""

    def request(self):
        return 3.0

    def need(self, threads):
        return 1e6


class FakeMachine:
    """Reaches more with each round; knows no 8-bit dot products."""

    rounds = 0

    def measure(self):
        self.rounds += 1
        return {"fma": self.rounds * 1e9 / OPTIONS.rounds, "vnni": None, "bf16": 2e9,
                "read": 1e9}


def start(names):
    return [Worker(name, [sys.executable, HERE / "fake_worker.py", *map(str, PEERS[name])])
            for name in names]


def measure(names):
    workers = start(names)
    row = harness.measure(FakeRow("made-up", (7,)), workers, FakeMachine(), OPTIONS)
    for worker in workers:
        worker.stop()
    return row


def check_slow(row):
    """Twenty times as long, which no load on the machine hides; sleeping never takes
    less than it is told."""
    peers = {peer["peer"]: peer for peer in row["peers"]}
    slow, tenon = peers["slow"], peers["tenon"]
    assert slow["min_ms"] >= 1e3 * SLOW, slow
    assert slow["ratio_of_min"] >= 5 and slow["ratio"] >= 5, slow
    assert tenon["ratio_of_min"] == 1 and tenon["ratio"] == 1, tenon
    # 1 ms of a machine that does 1e9 a second, as its best round says.
    assert row["machine"] == {"fma": 1e9, "vnni": None, "bf16": 2e9, "read": 1e9}, row["machine"]
    assert len(row["machine_rounds"]) == OPTIONS.rounds
    assert slow["share"] <= 0.05, slow
    assert math.isclose(tenon["share"], 1 / tenon["min_ms"]), tenon


def check_errors(row):
    found = {peer["peer"]: peer["error"] for peer in row["peers"] if "error" in peer}
    assert found == ERRORS, found


def check_witness():
    """Who agrees with another that is as wrong isn't right."""
    workers = start(["wrong", "tenon"])
    witness, = start(["near"])
    agree(workers, 3.0, "wrong", 1e-4, witness)
    assert [w.error for w in workers] == ["logits differs by 0.03, the largest being 3", None]
    for worker in [witness, *workers]:
        worker.stop()


def check_means():
    """By hand: the best peers take 2 and 8 times as long, by medians 3 and 3."""
    def row(*ratios, precision="fp32"):
        return {"precision": precision, "label": "", "peers": [
            {"peer": "tenon", "ratio_of_min": 1, "ratio": 1},
            *({"peer": f"p{i}", "ratio_of_min": least, "ratio": median}
              for i, (least, median) in enumerate(ratios)), {"peer": "x", "error": "no"}]}
    means = report.geometric_means([row((2, 4), (5, 3)), row((8, 3)), row(precision="int8")])
    assert list(report.mean_lines(means)) == [
        "fp32: geometric mean over all 2 rows of the best peer's time over Tenon's: "
        "4.00 by minima, 3.00 by paired medians",
        "int8: geometric mean over none of 1 rows"], means


def check_lengths():
    assert Row.shaped("bert-base", "8x7-128").lengths == (7, 24, 42, 59, 76, 93, 111, 128)
    assert Row.shaped("bert-base", "2x9").lengths == (9, 9)
    assert difference([1.0], [1.0, 2.0], 1) == "has 1 numbers rather than 2"


def check_report(row, folder):
    """Whoever is slow or fails is in what is written and printed."""
    made = {"machine": {"processor": "made-up", "cpus": 1, "threads": 1, "rounds": 3},
            "rows": [row], "openings": [], "geometric_means": report.geometric_means([row])}
    assert json.loads(json.dumps(made)) == made
    texts = [report.markdown(made), "\n".join(report.row_lines(row, 1))]
    for text in texts:
        for expected in ("slow", *ERRORS.values()):
            assert expected in text, (expected, text)
    assert "fp32: geometric mean over all 1 rows" in texts[0], texts[0]
    (folder / "report.md").write_text(texts[0])


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    check_slow(measure(["tenon", "slow"]))
    everyone = measure(list(PEERS))
    check_errors(everyone)
    check_report(everyone, folder)
    check_witness()
    check_means()
    check_lengths()


if __name__ == "__main__":
    main()
