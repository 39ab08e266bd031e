"""Times Tenon's tokenizers and the `tokenizers` library side by side: bench/tokenizers.

One thread each, in turns, round after round, by processor time; both must give
the same number of tokens. A ratio is that of the medians: above 1, Tenon is
faster. The
vocabularies (WordPiece of 30,000 tokens, byte-level BPE of 50,000) are trained
once, on the sources of Python's library, which are English with code; the texts
are its documentation and words of many scripts. "each" is a call for every text,
"batch" one for all.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test/tokenizers"))

import adversarial  # noqa: E402
from configurations import bpe_configurations, configurations  # noqa: E402
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers  # noqa: E402

FOREIGN = [word for word in adversarial.WORDS if not word.isascii()]


def corpus():
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        yield path.read_text(encoding="utf-8", errors="replace")
    rng = random.Random(1)
    for _ in range(2000):
        yield " ".join(rng.choices(FOREIGN, k=20))
    yield " ".join("".join(pair) for pair in zip(adversarial.LETTERS, adversarial.LETTERS))


def make(folder, kind):
    """Writes a tokenizer.json with a vocabulary of usual size."""
    path = folder / kind / "tokenizer.json"
    if path.exists():
        return path
    print(f"training a vocabulary for {kind}", file=sys.stderr)
    if kind == "BPE":
        config, tokenizer = bpe_configurations()["gpt2"][2], Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(
            vocab_size=50000, show_progress=False,
            special_tokens=[t["content"] for t in config["added_tokens"]],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    else:
        config = configurations()[kind][2]
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=kind == "uncased")
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(
            vocab_size=30000, show_progress=False,
            special_tokens=[t["content"] for t in config["added_tokens"]])
    tokenizer.train_from_iterator(corpus(), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    config["model"].update((key, model[key]) for key in ("vocab", "merges") if key in model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config))
    return path


def texts():
    """Name to texts, about as many bytes each."""
    from pydoc_data import topics
    rng = random.Random(1)
    english = " ".join(text for _, text in sorted(topics.topics.items())).split()
    mixed = [rng.choice(FOREIGN) if rng.random() < 0.5 else word for word in english]
    out = {}
    for name, words in (("English", english), ("many scripts", mixed)):
        for length, size, count in (("10 words", 10, 4000), ("128 tokens", 90, 500),
                                    ("documents", 5000, 8)):
            out[f"{name}, {length}"] = [
                " ".join(words[at:at + size]) for at in
                (rng.randrange(len(words) - size) for _ in range(count))]
    return out


class Library:
    def __init__(self, path, texts):
        self.path, self.texts = str(path), texts
        self.tokenizer = Tokenizer.from_file(self.path)
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.ids = [self.tokenizer.encode(text).ids for text in texts]

    def run(self, what):
        encode, decode = self.tokenizer.encode, self.tokenizer.decode
        begin = time.process_time()
        if what == "load":
            Tokenizer.from_file(self.path)
            tokens = None
        elif what == "encode":
            encodings = [encode(text) for text in self.texts]
        elif what == "batch":
            encodings = self.tokenizer.encode_batch(self.texts)
        else:
            decoded = [decode(ids, skip_special_tokens=False) for ids in self.ids]
        seconds = time.process_time() - begin
        if what in ("encode", "batch"):
            tokens = sum(len(encoding.ids) for encoding in encodings)
        elif what == "decode":
            tokens = sum(len(text.encode()) for text in decoded)
        return seconds, tokens


class Tenon:
    def __init__(self, tool, path, texts, folder):
        file = Path(folder) / "texts.jsonl"
        file.write_text("".join(json.dumps(text) + "\n" for text in texts))
        self.process = subprocess.Popen([tool, "--bench", file, path.parent], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["seconds"], answer["tokens"]

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def compare(ours, theirs, what, rounds):
    """(seconds of ours, of the library), medians."""
    times = [], []
    for _ in range(rounds):
        mine, other = ours.run(what), theirs.run(what)
        if what != "load" and mine[1] != other[1]:
            raise SystemExit(f"{what}: {mine[1]} tokens, the library has {other[1]}")
        times[0].append(mine[0])
        times[1].append(other[0])
    return statistics.median(times[0]), statistics.median(times[1])


def main():
    parser = argparse.ArgumentParser(
        prog="bench/tokenizers", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=["uncased", "cased", "BPE"],
                        help="of uncased, cased, BPE, or folders with a tokenizer.json")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--tool", default=ROOT / "build/bin/tokenize_tool",
                        help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    print("million bytes a second: Tenon / the library, and the ratio of times")
    print(f"{'':<40}{'each':>22}{'batch':>22}{'decode':>22}")
    for kind in arguments.kinds:
        folder = Path(kind)
        path = folder / "tokenizer.json" if folder.is_dir() else make(
            ROOT / "build/bench/tokenizers", kind)
        for name, some in texts().items():
            size = sum(len(text.encode()) for text in some) / 1e6
            with tempfile.TemporaryDirectory() as work:
                ours = Tenon(arguments.tool, path, some, work)
                theirs = Library(path, some)
                line = f"{folder.name + ', ' + name:<40}"
                for what in ("encode", "batch", "decode"):
                    mine, other = compare(ours, theirs, what, arguments.rounds)
                    line += f"{size / mine:8.1f} /{size / other:5.1f} {other / mine:5.1f}x"
                print(line, flush=True)
                loads = compare(ours, theirs, "load", 3)
                ours.stop()
        print(f"{folder.name}, loading: {loads[0] * 1e3:.1f} / {loads[1] * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
