#!/usr/bin/env python3
"""Compares text generation with transformers on random decoders, texts and options; see README.md.

    explore_generation.py --tenon build/bin/tenon --first 1 --count 100
    explore_generation.py --tenon build/bin/tenon --seed 17     one again, its files kept
"""

import array
import json
import math
import sys
import time

import check
import explore

# Where Tenon says before the first token what transformers finds out on the way, or never.
STRICTER = ("but the model holds", "must be from 0 to 1", "must be more than 0 and at most 1",
            "at least 0 and less than 1", "must be at least 0")  # fmt: skip


class Tokenizer:
    """A tokenizer that copying leaves as it is."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer

    def __deepcopy__(self, _):
        return self.tokenizer


class GenerationExplorer(explore.Explorer):
    def __init__(self, options):
        super().__init__(options)
        from generate import generation, group_beams, random_decoder, random_generation

        self.decoders, self.asked = random_decoder, random_generation
        self.prepare, self.group_beams = generation.prepare, group_beams

    def load(self, spec, directory, task):
        import torch
        import transformers

        try:
            model, info = getattr(transformers, spec["architecture"]).from_pretrained(
                directory, attn_implementation="eager", dtype=torch.float32,
                output_loading_info=True,
            )  # fmt: skip
        except Exception as error:
            return None, f"{type(error).__name__}: {error}"
        missing = sorted(info["missing_keys"])
        if missing or info["mismatched_keys"] or info["error_msgs"]:
            return None, f"missing {missing[:3]}"
        return model.eval(), None

    def reference(self, pipe, call, spec, model, tokenizer):
        # generate() asks for it where there are stop strings.
        if "stop_strings" in call["options"]:
            options = dict(call["options"], tokenizer=Tokenizer(tokenizer))
            call = dict(call, options=options)
        return super().reference(pipe, call, spec, model, tokenizer)

    def ask(self, artifact, calls):
        requests = "".join(
            json.dumps(dict(task=c["task"], inputs=c["inputs"], parameters=c["options"])) + "\n"
            for c in calls
        )
        status, stdout, stderr = check.tenon("run", artifact, "--jsonl", stdin=requests)
        said = [l for l in stderr.splitlines() if not l.startswith("tenon: warning: ")]
        lines = stdout.split("\n")[:-1]
        refused = any(l.startswith('{"error"') for l in lines)
        if status != (1 if refused else 0) or said or len(lines) != len(calls):
            return None, f"exit status {status}, {len(lines)} lines: {said[:3]}"
        return lines, None

    def difference(self, call, expected, line):
        actual = json.loads(line)
        refused = isinstance(actual, dict) and "error" in actual
        if refused and any(s in actual["error"] for s in STRICTER):
            self.counts["refused before the first token"] += 1
            return "", ""
        # Past the context, where nobody has asked for so much.
        if not refused and expected.get("error", "").startswith("IndexError: index out of range"):
            self.counts["ends with the context"] += 1
            return "", ""
        return super().difference(call, expected, line)

    def may_shrink_to(self, call):
        """Without chance."""
        options = call["options"]
        return options.get("do_sample") is False or options.get("top_k") == 1

    def command_lines(self, seed, rng, calls, known, lines, artifact):
        """Lists of lists and of numbers are JSON there: nothing new beside --jsonl."""

    # One checkpoint

    def checkpoint(self, seed, rng, scratch):
        from transformers import AutoTokenizer, pipeline

        directory, artifact = scratch / "model", scratch / "model.tenon"
        spec = self.decoders.make(rng, directory, seed, self.options.usual, self.asked.defaults)
        try:
            tokenizer = AutoTokenizer.from_pretrained(directory)
        except Exception:
            self.counts["tokenizers that transformers refuses"] += 1
            return
        model, why = self.load(spec, directory, None)
        begin = time.monotonic()
        status, stdout, stderr = check.tenon(
            "compile", directory, "-o", artifact, "--cpu", rng.choice(["native"] * 4 + ["x86-64"])
        )
        self.counts["checkpoints"] += 1
        if status:
            if model is not None or not stderr.startswith("tenon: error: "):
                self.report(seed, "refused checkpoint", said=stderr[:300], spec=str(spec))
            return
        if model is None:
            self.report(seed, "compiles what transformers doesn't load", why=why[:200])
            return
        if time.monotonic() - begin > 30:
            self.report(seed, "slow compile", seconds=time.monotonic() - begin)
        self.passes(seed, rng, model, artifact, scratch)
        self.tokens(seed, rng, tokenizer, artifact)
        self.scores(seed, rng, model, tokenizer, artifact)
        pipe = pipeline(
            "text-generation", model=model, tokenizer=tokenizer, framework="pt", device="cpu"
        )
        spec["likely"], spec["texts"] = self.likely(model, tokenizer)
        calls = [self.asked.call(rng, spec) for _ in range(self.options.calls)]
        task = "text-generation"
        self.compare(seed, rng, spec, task, pipe, model, tokenizer, artifact, calls)
        self.draws(seed, pipe, model, tokenizer, artifact,
                   [self.asked.drawn(rng, spec) for _ in range(8)])  # fmt: skip
        self.groups(seed, rng, spec, model, tokenizer, artifact)

    def likely(self, model, tokenizer):
        """Tokens that the model comes up with, in their order, and their text."""
        import torch

        found, texts = [], []
        for word in ("The", "A day", "x"):
            ids = tokenizer(word, return_tensors="pt").input_ids
            steps = min(12, model.config.n_positions - ids.shape[1])
            with torch.no_grad():
                for _ in range(max(steps, 0)):
                    ids = torch.cat([ids, model(ids).logits[:, -1].argmax(-1)[:, None]], -1)
            found += ids[0].tolist()
            texts.append(tokenizer.decode(ids[0]))
        return found, texts

    def passes(self, seed, rng, model, artifact, scratch):
        """Whole passes; and prefill and steps of the same tokens, in parts of any size."""
        import torch

        longest = model.config.n_positions

        def run(entry, inputs):
            tensors = {
                k: ("I64", list(v.shape), array.array("q", v.flatten().tolist()))
                for k, v in inputs.items()
            }
            check.write_safetensors(scratch / "in.safetensors", tensors)
            status, _, stderr = check.tenon(
                "run", artifact, "--entry", entry, "--inputs-from", scratch / "in.safetensors",
                "--outputs-to", scratch / "out.safetensors",
            )  # fmt: skip
            self.counts["raw calls"] += 1
            if status:
                self.report(seed, "raw call refused", said=stderr[:300], entry=entry)
                return None
            return check.read_safetensors(scratch / "out.safetensors")

        def same(what, value, actual):
            expected = ("F32", list(value.shape), value.flatten().tolist())
            if found := check.tensor_difference(expected, actual):
                self.report(seed, "raw tensors", name=what, what=found, config=str(model.config))

        for _ in range(3):
            batch, size = rng.choice([1, 2, 3, 5]), rng.choice([1, 2, longest, rng.randint(1, longest)])
            ids = torch.tensor(
                [[rng.randrange(model.config.vocab_size) for _ in range(size)] for _ in range(batch)]
            )
            given = dict(input_ids=ids)
            if rng.random() < 0.6:
                keep = torch.tensor([[int(rng.random() < 0.7) for _ in range(size)] for _ in ids])
                given["attention_mask"] = keep
                if rng.random() < 0.5:
                    given["position_ids"] = (keep.cumsum(-1) - 1).clamp(min=0)
            with torch.no_grad():
                whole = model(ids, use_cache=False).logits
                masked = model(**given, use_cache=False).logits
            if out := run("forward", given):
                same("forward", masked, out["logits"])
            # Parts: a prefill, then steps and more prefills.
            at, entries, parts, ends = 0, [], {}, []
            while at < size:
                one = entries and rng.random() < 0.6
                count = 1 if one else rng.randint(1, size - at)
                parts[f"{len(entries)}.input_ids"] = ids[:, at : at + count]
                entries.append("step" if one else "prefill")
                at += count
                ends.append(at)
                if len(entries) > 12:
                    break
            parts["0.state_rows"] = torch.arange(batch)
            one = len(entries) == 1  # Names have no number then.
            parts = {k.removeprefix("0.") if one else k: v for k, v in parts.items()}
            if out := run(",".join(entries), parts):
                for i, end in enumerate(ends):
                    name = "logits" if one else f"{i}.logits"
                    same(f"part {i} of {entries}", whole[:, end - 1], out[name])

    def scores(self, seed, rng, model, tokenizer, artifact):
        import torch

        for _ in range(3):
            text = self.texts.sentence(rng, rng.randint(1, 30))
            ids = tokenizer(text, return_tensors="pt").input_ids
            window = rng.choice([model.config.n_positions, rng.randint(2, model.config.n_positions)])
            stride = rng.randint(1, window)
            status, stdout, stderr = check.tenon(
                "score", artifact, "--json", "--window", window, "--stride", stride, "--", text
            )
            self.counts["texts scored"] += 1
            if status:
                if ids.shape[1] > 1:
                    self.report(seed, "score refused", text=text, said=stderr[:300])
                continue
            total, count, reached = 0.0, 0, 0
            for begin in range(0, ids.shape[1], stride):
                end = min(begin + window, ids.shape[1])
                labels = ids[:, begin:end].clone()
                labels[:, : -(end - reached)] = -100
                valid = int((labels != -100).sum()) - 1
                if valid:
                    with torch.no_grad():
                        loss = model(ids[:, begin:end], labels=labels, use_cache=False).loss
                    total += float(loss) * valid
                count, reached = count + valid, end
                if end == ids.shape[1]:
                    break
            expected = total / count
            found = math.log(json.loads(stdout)["perplexity"])
            if abs(found - expected) > 1e-4 * max(1, abs(expected)):
                self.report(seed, "perplexity", text=text, window=window, stride=stride,
                            expected=expected, actual=found)  # fmt: skip

    def processed(self, pipe, model, options, prompt):
        """The processors of a call, and its configuration."""
        import torch
        from transformers.generation.stopping_criteria import StoppingCriteriaList

        ids = torch.tensor([prompt])
        config, _ = model._prepare_generation_config(pipe.generation_config, **options)
        model._prepare_special_tokens(config, True, device="cpu")
        config = model._prepare_generated_length(
            config, options.get("max_length") is None, options.get("min_length") is None,
            "input_ids", ids.shape[1], ids,
        )  # fmt: skip
        return config, model._get_logits_processor(
            config, input_ids_seq_length=ids.shape[1], encoder_input_ids=ids, device="cpu"
        )

    def draws(self, seed, pipe, model, tokenizer, artifact, calls):
        """Every token that was drawn is one that transformers could have drawn."""
        import torch

        lines, problem = self.ask(artifact, calls)
        if problem:
            self.report(seed, "--jsonl", what=problem)
            return
        for call, line in zip(calls, lines):
            actual = json.loads(line)
            self.counts["calls that draw"] += 1
            if "error" in actual:
                self.counts["calls that draw, refused"] += 1
                known = self.reference(pipe, self.without_seed(call), None, model, tokenizer)
                kind, what = self.difference(call, known, line)
                if kind:
                    self.report(seed, kind, call=call, what=what[:300])
                continue
            options = {k: v for k, v in self.without_seed(call)["options"].items()
                       if k != "return_tensors"}  # fmt: skip
            # As the pipeline does, which cuts a prompt at max_length.
            cut = "max_length" in options
            ids = tokenizer(
                call["inputs"], truncation=cut, max_length=options.get("max_length")
            ).input_ids
            prompt = ids or [model.config.bos_token_id]
            for answer in actual:
                if what := self.impossible(pipe, model, options, prompt,
                                           answer["generated_token_ids"]):  # fmt: skip
                    self.report(seed, "an impossible draw", call=call, what=what, actual=line[:300])
                    break

    def without_seed(self, call):
        options = {k: v for k, v in call["options"].items() if k != "seed"}
        return dict(call, options=options)

    def impossible(self, pipe, model, options, prompt, sequence):
        import torch

        if sequence[: len(prompt)] != prompt:
            return "another prompt"
        variants = [options]
        for nudge in (1 - 1e-3, 1 + 1e-3):
            near = dict(options)
            for name in ("top_p", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff"):
                if near.get(name):
                    near[name] = min(near[name] * nudge, 1.0)
            variants.append(near)
        made = [self.processed(pipe, model, o, prompt) for o in variants]
        config = made[0][0]
        eos = [] if config._eos_token_tensor is None else config._eos_token_tensor.tolist()
        # The last place of the context is the end, whatever the reference would do there.
        for at in range(len(prompt), min(len(sequence), model.config.n_positions)):
            if at > len(prompt) and sequence[at - 1] in eos:
                pad = config._pad_token_tensor
                rest = set(sequence[at:])
                return "" if rest == {int(pad)} else f"padded with {rest}"
            ids = torch.tensor([sequence[:at]])
            with torch.no_grad():
                logits = model(ids, use_cache=False).logits[:, -1].float()
            try:
                kept = [p(ids, logits.clone())[0] for _, p in made]
            except (ValueError, RuntimeError):  # scores that are no numbers
                self.counts["draws that transformers can't make"] += 1
                return ""
            # Which of several forced tokens top_p keeps is up to the sort, for they tie.
            forced = config.forced_eos_token_id
            if at == config.max_length - 1 and isinstance(forced, list) and sequence[at] in forced:
                continue
            if all(k[sequence[at]] == float("-inf") for k in kept):
                return f"token {sequence[at]} at {at}"
        whole = sequence[-1] in eos or len(sequence) == config.max_length
        past = len(sequence) >= model.config.n_positions
        return "" if whole or past else f"ends at {len(sequence)}, not {config.max_length}"

    def groups(self, seed, rng, spec, model, tokenizer, artifact):
        from transformers import GenerationConfig

        if spec["generation_config"] or spec["extra"]:
            return
        calls = [self.asked.grouped(rng, spec) for _ in range(6)]
        lines, problem = self.ask(artifact, calls)
        if problem:
            self.report(seed, "--jsonl", what=problem)
            return

        def expected(call):
            options = {k: v for k, v in call["options"].items() if k != "return_tensors"}
            prompt = tokenizer(call["inputs"]).input_ids
            try:
                config, processors, criteria = self.prepare(model, options, prompt)
                found, _ = self.group_beams.search(model, prompt, config, processors, criteria)
            except Exception as error:
                return dict(error=f"{type(error).__name__}: {error}"[:200])
            return dict(answer=[dict(generated_token_ids=s) for s in found.tolist()])

        import torch

        for call, line in zip(calls, lines):
            self.counts["calls with groups"] += 1
            with torch.no_grad():
                known = expected(call)
                kind, what = self.difference(call, known, line)
                if not kind:
                    continue
                ties = False
                for trial in range(6):
                    with self.tasks.disturbed(model, trial, self.cases.TOLERANCE):
                        ties = ties or expected(call) != known
                if ties and "answer" in known:
                    self.counts["calls with groups, near-ties"] += 1
                else:
                    self.report(seed, "groups: " + kind, call=call, what=what[:300],
                                expected=json.dumps(known)[:300], actual=line[:300])  # fmt: skip


if __name__ == "__main__":
    sys.exit(explore.main(GenerationExplorer, __doc__))
