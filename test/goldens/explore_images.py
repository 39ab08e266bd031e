#!/usr/bin/env python3
"""Compares Tenon with transformers on random image models and images; see README.md.

    explore_images.py --tenon build/bin/tenon --first 1 --count 100
    explore_images.py --tenon build/bin/tenon --seed 17     one again, its files kept

Where transformers raises, Tenon must refuse in one line, when it compiles or when it runs. Prints
what differs with its seed, and a summary; exits 1 if anything differs.
"""

import collections
import copy
import json
import pathlib
import random
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import check
import explore


def one_line(stderr):
    first, *rest = stderr.splitlines() or [""]
    return first.startswith("tenon: error: ") and all(
        l.startswith(("help: ", "note: ", "tenon: ", " ")) for l in rest
    )


class Explorer:
    summary = explore.Explorer.summary

    def __init__(self, options):
        # After the environment is set: these load torch.
        from generate import cases, checkpoint, random_vision, run, vision

        run.prepare()
        self.cases, self.checkpoint = cases, checkpoint
        self.random, self.vision = random_vision, vision
        self.options = options
        self.counts = collections.Counter()
        self.kinds = collections.defaultdict(list)

    def report(self, seed, kind, **details):
        self.kinds[kind].append(seed)
        print(json.dumps(dict(seed=seed, kind=kind, **details), default=str), flush=True)

    def explore(self, seed):
        scratch = pathlib.Path(
            tempfile.mkdtemp(prefix=f"explore-{seed}-", dir=self.options.scratch)
        )
        self.one(seed, random.Random(seed), scratch)
        if self.options.seed is None:
            shutil.rmtree(scratch)
        else:
            print(f"files are in {scratch}")

    def one(self, seed, rng, scratch):
        directory, artifact = scratch / "model", scratch / "model.tenon"
        spec = self.random.specification(rng)
        about = dict(architecture=spec["architecture"], config=spec["config"])
        try:
            config, built = self.vision.write(spec, directory, seed)
            model = self.checkpoint.reference(spec, directory, built)
        except Exception as error:  # configurations of which there is no model
            self.counts[f"no model: {type(error).__name__}"] += 1
            return
        self.counts[spec["architecture"]] += 1
        expected = {}
        for case, given in self.vision.inputs(str(seed), spec, config).items():
            try:
                expected[case] = given, self.cases.outputs(model, given)
            except Exception as error:
                expected[case] = given, f"{type(error).__name__}: {error}"
        models = ["--models", self.options.models] if self.options.models else []
        status, _, said = check.tenon(
            "compile", directory, "-o", artifact, "--cpu", "native", *models
        )
        if status:
            answered = [c for c, (_, out) in expected.items() if isinstance(out, dict)]
            if answered or status != 1 or not one_line(said):
                self.report(seed, "refused model", said=said[:400], **about)
            return
        for case, (given, out) in expected.items():
            shape = list(given["pixel_values"].shape)
            self.case(seed, case, given, out, model, artifact, scratch, dict(shape=shape, **about))

    def case(self, seed, case, given, expected, model, artifact, scratch, about):
        values = given["pixel_values"]
        flat = check.array.array("f", values.flatten().tolist())
        path, out = scratch / "in.safetensors", scratch / "out.safetensors"
        check.write_safetensors(path, {"pixel_values": ("F32", list(values.shape), flat)})
        entry = case.partition("-")[2]
        status, _, said = check.tenon(
            "run", artifact, "--inputs-from", path, "--outputs-to", out,
            *(["--entry", entry] if entry else []),
        )  # fmt: skip
        self.counts["calls"] += 1
        if not isinstance(expected, dict):
            self.counts["calls that transformers refuses"] += 1
            if status not in (1, 2) or not one_line(said):
                self.report(seed, "answers what transformers refuses", why=expected[:200],
                            said=said[:300], case=case, **about)  # fmt: skip
            return
        if status:
            self.report(seed, "refused call", said=said[:300], case=case, **about)
            return
        actual = check.read_safetensors(out)
        if "last_hidden_state" in expected and "pooler_output" not in actual:
            expected.pop("pooler_output", None)
        if set(actual) != set(expected):
            self.report(seed, "other outputs", has=sorted(actual), not_=sorted(expected), **about)
            return
        exact = None
        for name, value in expected.items():
            wanted = ("F32", list(value.shape), value.flatten().tolist())
            what = check.tensor_difference(wanted, actual[name])
            if not what:
                continue
            if exact is None:
                precise = copy.deepcopy(model).double()
                exact = self.cases.outputs(precise, self.cases.doubled(given))
            error = self.cases.relative_difference(value, exact[name])
            if error > self.cases.REFERENCE_ERROR:
                self.counts["badly conditioned"] += 1
            else:
                self.report(seed, "raw tensors", name=name, what=what, case=case, **about)


def add_arguments(parser):
    parser.add_argument("--models", type=pathlib.Path, help="folder of families to use first")


if __name__ == "__main__":
    sys.exit(explore.run(Explorer, __doc__, add_arguments))
