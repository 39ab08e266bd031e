#!/usr/bin/env python3
"""Compares Tenon with transformers on random checkpoints, texts and options; see README.md.

    explore.py --tenon build/bin/tenon --first 1 --count 100
    explore.py --tenon build/bin/tenon --seed 17          one again, its files kept

Prints what differs, as small as it could be made, with the seed that shows it, and a summary;
exits 1 if anything differs.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import check
import make

# The class whose parameters a task runs.
CLASSES = {
    "feature-extraction": "Model",
    "sentence-embedding": "Model",
    "sentence-similarity": "Model",
    "text-classification": "ForSequenceClassification",
    "zero-shot-classification": "ForSequenceClassification",
    "token-classification": "ForTokenClassification",
    "question-answering": "ForQuestionAnswering",
    "fill-mask": "ForMaskedLM",
    "next-sentence-prediction": "ForNextSentencePrediction",
}


class Timeout(Exception):
    pass


def limit(seconds):
    def expired(*_):
        raise Timeout(f"took longer than {seconds} s")

    signal.signal(signal.SIGALRM, expired)
    signal.alarm(seconds)


def without_zeros(answers):
    """The answers of question-answering that have a score, one after the other."""
    if isinstance(answers, dict):
        return [answers] if answers["score"] else []
    return [found for a in answers for found in without_zeros(a)]


class Explorer:
    def __init__(self, options):
        # After the environment is set: these load torch.
        from generate import (
            cases,
            random_calls,
            random_checkpoint,
            random_text,
            run,
            sentence,
            shrink,
            tasks,
        )

        run.prepare()
        self.cases, self.calls, self.texts = cases, random_calls, random_text
        self.checkpoints, self.tasks, self.sentence = random_checkpoint, tasks, sentence
        self.shrink = shrink.shrink
        self.options = options
        self.counts = collections.Counter()
        self.kinds = collections.defaultdict(list)

    def report(self, seed, kind, **details):
        """`kind` names the sort of difference in the summary."""
        self.kinds[kind].append(seed)
        line = dict(seed=seed, kind=kind, **details)
        print(json.dumps(line, ensure_ascii=True), flush=True)

    # The reference

    def load(self, spec, directory, task):
        """(model, None), or (None, why transformers gives no answer that means anything)."""
        import torch
        import transformers

        prefix = "Bert" if spec["family"] == "bert" else "DistilBert"
        name = prefix + CLASSES[task] if task else spec["architecture"]
        try:
            model, info = getattr(transformers, name).from_pretrained(
                directory, attn_implementation="eager", dtype=torch.float32,
                output_loading_info=True,
            )  # fmt: skip
        except Exception as error:
            return None, f"{type(error).__name__}: {error}"
        # A base model may lack the pooler.
        missing = sorted(k for k in info["missing_keys"] if not k.startswith("pooler."))
        if missing or info["mismatched_keys"] or info["error_msgs"]:
            return None, f"missing {missing[:3]}"
        return model.eval(), None

    def embed(self, model, tokenizer, spec, texts):
        """A vector for each text. One by one: padded on the left, texts would see how long their
        neighbours are."""
        return [self.sentence.embed(model, tokenizer, spec["sentence"], [t])[0] for t in texts]

    def reference(self, pipe, call, spec, model, tokenizer):
        """`answer` or `error`."""
        import copy

        task, inputs = call["task"], copy.deepcopy(call["inputs"])
        options = copy.deepcopy(call["options"])
        try:
            if task == "sentence-embedding":
                texts = [inputs] if isinstance(inputs, str) else inputs
                rows = [v.tolist() for v in self.embed(model, tokenizer, spec, texts)]
                return dict(answer=rows[0] if isinstance(inputs, str) else rows)
            if task == "sentence-similarity":
                (one,) = self.embed(model, tokenizer, spec, [inputs["source_sentence"]])
                many = self.embed(model, tokenizer, spec, inputs["sentences"])
                scores = [self.sentence.similarity(one[None], v[None]).item() for v in many]
                return dict(answer=scores)
            if task == "question-answering" and isinstance(inputs, dict):
                value = pipe(**inputs, **options)
            else:
                value = pipe(inputs, **options)
            return dict(answer=self.tasks.plain(value))
        except (KeyboardInterrupt, Timeout):
            raise
        except BaseException as error:  # a panic of the tokenizers library is no Exception
            return dict(error=f"{type(error).__name__}: {error}".splitlines()[0][:200])

    def is_tie(self, pipe, call, spec, model, tokenizer, known):
        """Whether a disturbance below the tolerance changes what the reference says."""
        for trial in range(6):
            with self.tasks.disturbed(model, trial, self.cases.TOLERANCE):
                now = self.reference(pipe, call, spec, model, tokenizer)
            if not self.tasks.agree(call["task"], now.get("answer"), known.get("answer")):
                return True
        return False

    # One checkpoint

    def explore(self, seed):
        scratch = pathlib.Path(
            tempfile.mkdtemp(prefix=f"explore-{seed}-", dir=self.options.scratch)
        )
        try:
            limit(self.options.limit)
            self.checkpoint(seed, random.Random(seed), scratch)
        except Timeout as error:
            self.report(seed, "too slow", what=str(error))
        finally:
            signal.alarm(0)
            if self.options.seed is None:
                shutil.rmtree(scratch)
            else:
                print(f"files are in {scratch}")

    def checkpoint(self, seed, rng, scratch):
        from transformers import AutoTokenizer

        directory, artifact = scratch / "model", scratch / "model.tenon"
        spec = self.checkpoints.make(rng, directory, seed, self.options.usual)
        try:
            tokenizer = AutoTokenizer.from_pretrained(directory)
        except Exception:
            self.counts["tokenizers that transformers refuses"] += 1
            return
        raw_model, why = self.load(spec, directory, None)
        cpu = rng.choice([["--cpu", "native"]] * 5 + [[], ["--cpu", "x86-64-v3"]])
        begin = time.monotonic()
        status, stdout, stderr = check.tenon("compile", directory, "-o", artifact, *cpu)
        seconds = time.monotonic() - begin
        self.counts["checkpoints"] += 1
        if status:
            kind = "refused checkpoint" if raw_model is not None else None
            if status != 1 or not stderr.startswith("tenon: error: "):
                kind = "bad error of compile"
            if kind:
                self.report(seed, kind, architecture=spec["architecture"], said=stderr[:300])
            return
        if raw_model is None:
            self.report(seed, "compiles what transformers doesn't load", why=why[:200])
            return
        if seconds > 20:
            self.report(seed, "slow compile", seconds=round(seconds, 1), config=spec["config"])
        self.raw(seed, rng, spec, raw_model, artifact, scratch)
        self.tokens(seed, rng, tokenizer, artifact)
        for task in spec["tasks"]:
            self.task(seed, rng, spec, task, directory, artifact, tokenizer)

    def one_line(self, stderr):
        first, *rest = stderr.splitlines() or [""]
        return first.startswith("tenon: error: ") and all(
            l.startswith(("help: ", "note: ", "tenon: help", "tenon: note")) for l in rest
        )

    def raw(self, seed, rng, spec, model, artifact, scratch):
        import copy

        import numpy as np
        import torch

        variants = check.runnable_variants(artifact)
        state = np.random.RandomState(seed)
        config = model.config
        for _ in range(4):
            batch = rng.choice([1, 1, 2, 3, 5, 9])
            longest = config.max_position_embeddings
            size = rng.choice([1, 2, longest, rng.randint(1, longest), min(longest, 17)])
            ids = state.randint(0, config.vocab_size, (batch, size))
            given = dict(input_ids=ids)
            if rng.random() < 0.7:
                given["attention_mask"] = (
                    state.rand(batch, size) < rng.choice([0.1, 0.5, 0.9, 1])
                ).astype(int)
            if spec["family"] == "bert" and rng.random() < 0.7:
                given["token_type_ids"] = state.randint(0, config.type_vocab_size, (batch, size))
            inputs = {k: torch.from_numpy(v) for k, v in given.items()}
            outputs = self.cases.outputs(model, inputs)
            check.write_safetensors(
                scratch / "in.safetensors",
                {
                    k: ("I64", list(v.shape), check.array.array("q", v.flatten().tolist()))
                    for k, v in given.items()
                },
            )
            variant = rng.choice(variants)
            out = scratch / "out.safetensors"
            status, stdout, stderr = check.tenon(
                "run", artifact, "--inputs-from", scratch / "in.safetensors", "--outputs-to", out,
                *(["--cpu", variant] if variant else []),
            )  # fmt: skip
            self.counts["raw calls"] += 1
            where = dict(architecture=spec["architecture"], shape=[batch, size], variant=variant)
            if status:
                self.report(seed, "raw call refused", said=stderr[:300], **where)
                continue
            actual = check.read_safetensors(out)
            if "last_hidden_state" in outputs and "pooler_output" not in actual:
                outputs.pop("pooler_output", None)
            if set(actual) != set(outputs):
                self.report(
                    seed, "other outputs", has=sorted(actual), not_=sorted(outputs), **where
                )
                continue
            for name, value in outputs.items():
                expected = ("F32", list(value.shape), value.flatten().tolist())
                what = check.tensor_difference(expected, actual[name])
                if not what:
                    continue
                precise = copy.deepcopy(model).double()
                torch.set_default_dtype(torch.float64)
                exact = self.cases.outputs(precise, inputs)[name]
                torch.set_default_dtype(torch.float32)
                error = self.cases.relative_difference(value, exact)
                if error > self.cases.REFERENCE_ERROR:
                    self.counts["badly conditioned"] += 1
                else:
                    self.report(
                        seed, "raw tensors", name=name, what=what, config=spec["config"], **where
                    )

    def tokens(self, seed, rng, tokenizer, artifact):
        for _ in range(6):
            text = self.texts.text(rng)
            pair = self.texts.text(rng) if rng.random() < 0.3 else None
            if "\0" in text + (pair or ""):
                continue
            expected = self.tasks.tokenized(tokenizer, [(text, pair)])[0]
            expected = {k: v for k, v in expected.items() if not k.startswith("text")}
            options = ["--json"] + (["--pair", pair] if pair is not None else [])
            status, stdout, stderr = check.tenon("tokenize", artifact, *options, "--", text)
            self.counts["texts tokenized"] += 1
            if status or json.loads(stdout) != expected:
                self.report(seed, "tokens", text=text, pair=pair, expected=expected,
                            actual=stdout.strip() or stderr)  # fmt: skip

    def task(self, seed, rng, spec, task, directory, artifact, tokenizer):
        status, _, stderr = check.tenon("run", artifact, "--task", task, "x")
        if "this version can't do" in stderr:
            self.counts["calls of tasks that aren't there"] += 1
            return
        model, why = self.load(spec, directory, task)
        if model is None:
            self.counts["tasks that transformers doesn't load"] += 1
            return
        pipe = None
        try:
            if not task.startswith("sentence-"):
                pipe = self.tasks.runner(task, model, tokenizer)
        except Exception:  # zero-shot without label2id
            self.counts["tasks that transformers makes no pipeline for"] += 1
            return
        names = [*model.config.id2label.values()]
        mask = tokenizer.mask_token or "[MASK]"
        # Where padding is on the left, the pipelines' texts see how long their neighbours are.
        batch = tokenizer.padding_side == "right"
        calls = [
            self.calls.call(rng, task, dict(names=names, mask=mask, batch=batch))
            for _ in range(self.options.calls)
        ]
        self.compare(seed, rng, spec, task, pipe, model, tokenizer, artifact, calls)

    def compare(self, seed, rng, spec, task, pipe, model, tokenizer, artifact, calls):
        """Asks both, and reports where they differ."""
        begin = time.monotonic()
        known = [self.reference(pipe, c, spec, model, tokenizer) for c in calls]
        theirs = time.monotonic() - begin
        begin = time.monotonic()
        lines, problem = self.ask(artifact, calls)
        ours = time.monotonic() - begin
        if problem:
            self.report(seed, "--jsonl", what=problem, task=task)
            return
        if ours > 0.1 + theirs:
            self.report(seed, "slow", task=task, seconds=round(ours, 2), reference=round(theirs, 2))
        for call, expected, line in zip(calls, known, lines):
            self.counts[f"{task} calls"] += 1
            self.counts[f"{task} refused"] += "error" in expected
            kind, what = self.difference(call, expected, line)
            if not kind:
                continue
            if "answer" in expected and "error" not in json.loads(line) and self.is_tie(
                pipe, call, spec, model, tokenizer, expected
            ):  # fmt: skip
                self.counts[f"{task} near-ties"] += 1
                continue

            def differs(candidate):
                if not self.may_shrink_to(candidate):
                    return False
                answer = self.reference(pipe, candidate, spec, model, tokenizer)
                lines, problem = self.ask(artifact, [candidate])
                same_sort = ("error" in answer) == ("error" in expected)
                return (
                    same_sort
                    and not problem
                    and self.difference(candidate, answer, lines[0])[0] == kind
                )

            small = self.shrink(call, differs, self.options.shrink)
            if small is not call:
                expected = self.reference(pipe, small, spec, model, tokenizer)
                line = self.ask(artifact, [small])[0][0]
                what = self.difference(small, expected, line)[1]
            self.report(seed, kind, call=small, what=what[:300],
                        expected=json.dumps(expected)[:300], actual=line[:300])  # fmt: skip
        self.command_lines(seed, rng, calls, known, lines, artifact)

    def may_shrink_to(self, call):
        """Whether a call that was made smaller is still one to ask."""
        return True

    def ask(self, artifact, calls):
        """(answers line by line, None), or (None, what went wrong)."""
        requests = "".join(
            json.dumps({"task": c["task"], "inputs": c["inputs"], "parameters": c["options"]})
            + "\n"
            for c in calls
        )
        status, stdout, stderr = check.tenon("run", artifact, "--jsonl", stdin=requests)
        lines = stdout.split("\n")[:-1]
        refused = any(l.startswith('{"error"') for l in lines)
        if status != (1 if refused else 0) or stderr or len(lines) != len(calls):
            return (
                None,
                f"exit status {status}, {len(lines)} lines for {len(calls)}: {stderr[:300]}",
            )
        return lines, None

    def difference(self, call, expected, line):
        """(kind, what) of a difference; ("", "") if there is none."""
        task = call["task"]
        actual = json.loads(line)
        refused = isinstance(actual, dict) and set(actual) == {"error", "line"}
        if "error" in expected:
            return ("", "") if refused else (f"{task}: answers what the pipeline refuses", "")
        if refused:
            return f"{task}: refuses what the pipeline answers", actual["error"]
        wanted = json.loads(json.dumps(expected["answer"]))
        what = check.answer_difference(wanted, actual, check.magnitude(wanted))
        if what and task == "question-answering":
            # Spans of score 0 tie exactly, and numpy's partial sort picks any of them.
            wanted, actual = (without_zeros(answers) for answers in (wanted, actual))
            if not check.answer_difference(wanted, actual, check.magnitude(wanted)):
                self.counts["answers but for spans of score 0"] += 1
                what = ""
        return (f"{task}: answers", what) if what else ("", "")

    def command_lines(self, seed, rng, calls, known, lines, artifact):
        """A few calls again, one by one through the command line."""
        for call, expected, line in rng.sample(list(zip(calls, known, lines)), min(4, len(calls))):
            options = call["options"]
            if isinstance(call["inputs"], str) and options.get("is_split_into_words"):
                continue  # to a command line, the one word of a text
            if isinstance(call["inputs"], dict):
                if not isinstance(call["inputs"].get("context", ""), str):
                    continue  # a list of one is as one there, and None is a text
            arguments = check.command_line(call)
            if arguments is None or any("\0" in str(a) for a in arguments):
                continue
            begin = time.monotonic()
            status, stdout, stderr = check.tenon("run", artifact, "--json", *arguments)
            seconds = time.monotonic() - begin
            self.counts["command lines"] += 1
            if seconds > 2:
                self.report(seed, "slow command line", call=call, seconds=round(seconds, 2))
            if status not in (0, 1, 2) or (status and (stdout or not self.one_line(stderr))):
                self.report(seed, "command line: bad error", call=call, status=status,
                            said=stderr[:300])  # fmt: skip
            elif (status != 0) != ("error" in expected):
                self.report(seed, "command line: refusal", call=call, said=stderr[:300],
                            expected=json.dumps(expected)[:200])  # fmt: skip
            elif status == 0 and not self.difference(call, expected, line)[0]:
                what = self.difference(call, expected, stdout)[1]
                if what:
                    self.report(seed, "command line: another answer", call=call, what=what)

    def summary(self):
        for name, count in sorted(self.counts.items()):
            print(f"{count:7} {name}")
        for kind, seeds in sorted(self.kinds.items()):
            print(f"{len(seeds):7} {kind}: seeds {' '.join(map(str, sorted(set(seeds))[:12]))}")


def run(kind, description, add_arguments):
    """Explores seed after seed with an Explorer of `kind`; its exit status."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--tenon", type=pathlib.Path, help="the tool; without: that of PATH")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--count", type=int, default=10, help="checkpoints")
    parser.add_argument("--seed", type=int, help="this one alone; keeps its files")
    parser.add_argument("--scratch", type=pathlib.Path, help="where to put files")
    add_arguments(parser)
    options = parser.parse_args()
    make.restart_in_fixed_environment()
    if options.tenon:
        os.environ["PATH"] = f"{options.tenon.resolve().parent}:{os.environ['PATH']}"
    if options.scratch:
        options.scratch.mkdir(parents=True, exist_ok=True)
    explorer = kind(options)
    first, count = (options.seed, 1) if options.seed is not None else (options.first, options.count)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for seed in range(first, first + count):
            explorer.explore(seed)
    except KeyboardInterrupt:
        print("stopped")
    explorer.summary()
    return 1 if explorer.kinds else 0


def main(kind=Explorer, description=__doc__):
    def add_arguments(parser):
        parser.add_argument("--calls", type=int, default=25, help="calls of each task")
        parser.add_argument("--shrink", type=int, default=150, help="tries to make a call smaller")
        parser.add_argument("--limit", type=int, default=300, help="seconds for a checkpoint")
        parser.add_argument(
            "--usual",
            type=float,
            default=0.3,
            help="the part of checkpoints of one size: quick to compile",
        )

    return run(kind, description, add_arguments)


if __name__ == "__main__":
    sys.exit(main())
