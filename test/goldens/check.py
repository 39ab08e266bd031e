"""Compares a compiled checkpoint with its goldens, from outside, with the `tenon` of PATH.

    check.py CHECKPOINT SCRATCH [--target NAME] [--cpu LEVEL] [--fusion POLICY]

Compiles CHECKPOINT (a folder of checkpoints/) into the folder SCRATCH for every processor, or for
one, and compares

* raw outputs: each case of golden.safetensors through `run --inputs-from --outputs-to`, with the
  code of each variant that this machine can run;
* answers: each call of pipeline.json through `run --jsonl` and, where a command line can say it,
  through `run --json`; a call that the pipeline refuses must fail;
* tokens: `tokenized` of pipeline.json through `tokenize --json`.

With --target, the outputs and answers of the code for that backend, each in one process: what is
around the model is the same.

Prints what differs and exits 1 if anything does. Needs nothing but Python's standard library.
"""

import argparse
import array
import json
import math
import pathlib
import struct
import subprocess
import sys

TOLERANCE = 1e-4
UNPREPARED = (
    "tenon: warning: preprocessor_config.json: is missing: nothing says how images are prepared\n"
    "note: tensors can be run through the model, images can't\n"
)
TYPES = {"F32": "f", "I64": "q", "I32": "i", "BOOL": "b", "I8": "b"}
INPUTS = ("input_ids", "attention_mask", "token_type_ids", "pixel_values")


class Failures:
    """What differed, one line each."""

    def __init__(self):
        self.lines = []

    def add(self, where, what):
        self.lines.append(f"{where}: {what}")


# Files


def read_safetensors(path):
    """{name: (dtype, shape, values)}; the values are a flat array."""
    data = path.read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    tensors = {}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        begin, end = info["data_offsets"]
        values = array.array(TYPES[info["dtype"]])
        values.frombytes(data[8 + size + begin : 8 + size + end])
        tensors[name] = (info["dtype"], info["shape"], values)
    return tensors


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, (dtype, shape, values) in tensors.items():
        packed = values.tobytes()
        header[name] = {
            "dtype": dtype,
            "shape": shape,
            "data_offsets": [len(data), len(data) + len(packed)],
        }
        data += packed
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def tenon(*arguments, stdin=""):
    """Runs the tool; (status, stdout, stderr)."""
    done = subprocess.run(
        ["tenon", *map(str, arguments)],
        input=stdin.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


# Raw tensors


def tensor_difference(expected, actual):
    """How two tensors differ; nothing if they don't."""
    dtype, shape, values = expected
    if actual[:2] != (dtype, shape):
        return f"is {actual[0]}{actual[1]}, but should be {dtype}{shape}"
    # Where the model fills with the lowest number, there is nothing to scale by.
    finite = [abs(v) for v in values if math.isfinite(v) and abs(v) < 1e30]
    scale = max(finite, default=0.0)
    for i, (a, b) in enumerate(zip(values, actual[2])):
        same = a == b or (math.isnan(a) and math.isnan(b))
        if not same and not abs(a - b) <= TOLERANCE * scale:
            return f"element {i} is {b}, but should be {a} (the largest is {scale})"
    return ""


def check_outputs(where, run, variant, expected, out, failures):
    """Runs raw tensors through `run` on a variant; what it writes to `out` must be `expected`."""
    out.unlink(missing_ok=True)
    cpu = ["--cpu", variant] if variant else []
    status, stdout, stderr = tenon(*run, "--outputs-to", out, *cpu)
    if status or stdout or stderr:
        failures.add(where, f"exit status {status}: {stdout}{stderr}")
        return
    outputs = read_safetensors(out)
    if set(outputs) != set(expected):
        failures.add(where, f"has {sorted(outputs)}, not {sorted(expected)}")
        return
    for name, tensor in expected.items():
        if what := tensor_difference(tensor, outputs[name]):
            failures.add(f"{where}: {name}", what)


def check_raw(artifact, golden, scratch, variants, failures):
    cases = sorted({name.split(".")[0] for name in golden})
    for case in cases:
        fields = {n.split(".", 1)[1]: t for n, t in golden.items() if n.startswith(case + ".")}
        inputs = {name: fields.pop(name) for name in INPUTS if name in fields}
        write_safetensors(scratch / "in.safetensors", inputs)
        for variant in variants:
            where = f"{case} on {variant or 'the best code'}"
            raw = ["run", artifact, "--inputs-from", scratch / "in.safetensors"]
            # A case of another entry is called caseN-ENTRY.
            if entry := case.partition("-")[2]:
                raw += ["--entry", entry]
            check_outputs(where, raw, variant, fields, scratch / "out.safetensors", failures)


# Answers


def magnitude(value):
    if isinstance(value, list):
        return max(map(magnitude, value), default=0.0)
    if isinstance(value, dict):
        # A probability may be as large as 1, whatever it is here.
        return max([1.0, *map(magnitude, value.values())])
    return abs(value) if isinstance(value, (int, float)) else 0.0


def answer_difference(expected, actual, scale, at=""):
    """Where two answers differ; nothing if they don't."""
    if isinstance(expected, float) and isinstance(actual, (int, float)):
        near = abs(expected - actual) <= TOLERANCE * scale
        return "" if near else f"{at}: {actual}, but should be {expected}"
    if type(expected) is not type(actual):
        return f"{at}: {json.dumps(actual)[:80]}, but should be {json.dumps(expected)[:80]}"
    if isinstance(expected, (list, dict)):
        if len(expected) != len(actual):
            return f"{at}: has {len(actual)} elements, but should have {len(expected)}"
        keys = expected if isinstance(expected, dict) else range(len(expected))
        # Keys in their order, too: the answer is text that people read.
        if isinstance(expected, dict) and list(expected) != list(actual):
            return f"{at}: has keys {list(actual)}, not {list(expected)}"
        for key in keys:
            if what := answer_difference(expected[key], actual[key], scale, f"{at}/{key}"):
                return what
        return ""
    return "" if expected == actual else f"{at}: {actual!r}, but should be {expected!r}"


def option_arguments(options):
    """`{"top_k": None}` is `--top-k none`."""
    arguments = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if value is True:
            arguments.append(option)
        elif value is False:
            arguments.append("--no-" + option[2:])
        elif isinstance(value, str) and name in ("truncation", "padding"):
            arguments.append(f"{option}={value}")
        elif isinstance(value, list):
            arguments += [a for each in value or [""] for a in (option, each)]
        elif isinstance(value, dict):
            arguments += [option, json.dumps(value)]
        else:
            arguments.append(f"{option}={'none' if value is None else value}")
    return arguments


def command_line(call):
    """The arguments that stand for a call; None if there are none."""
    # None says something to one option only.
    sayable = ("top_k",) if call["task"] == "text-classification" else ()
    if any(v is None and k not in sayable for k, v in call["options"].items()):
        return None
    if [""] in call["options"].values():
        return None  # To a command line, that is no value at all.
    inputs, options = call["inputs"], option_arguments(call["options"])
    # A task of its own is that of the checkpoint.
    arguments = ["--task", call["task"], *options]
    if isinstance(inputs, str):
        return [*arguments, "--", inputs]
    if isinstance(inputs, dict) and set(inputs) == {"text", "text_pair"}:
        return [*arguments, "--pair", inputs["text_pair"], "--", inputs["text"]]
    if isinstance(inputs, dict) and set(inputs) == {"question", "context"}:
        for name in inputs:
            # A list of one is as one to a command line.
            values = inputs[name] if isinstance(inputs[name], list) else [inputs[name]]
            arguments += [f"--{name}={value}" for value in values]
        return arguments
    if isinstance(inputs, dict) and set(inputs) == {"source_sentence", "sentences"}:
        return [*arguments, "--", inputs["source_sentence"], *inputs["sentences"]]
    texts = isinstance(inputs, list) and all(isinstance(i, str) for i in inputs)
    if texts and len(inputs) > 1:
        return [*arguments, "--", *inputs]
    return None


def compare(where, call, text, failures):
    try:
        actual = json.loads(text)
    except ValueError as error:
        failures.add(where, f"is no JSON: {error}: {text[:200]}")
        return
    expected = call["answer"]
    if what := answer_difference(expected, actual, magnitude(expected)):
        failures.add(where, what)


def check_answers(artifact, calls, failures, command_lines=True):
    requests = "".join(
        json.dumps({"task": c["task"], "inputs": c["inputs"], "parameters": c["options"]}) + "\n"
        for c in calls
    )
    refused = [i for i, call in enumerate(calls) if "error" in call]
    if calls:
        jsonl = ["--jsonl", "--task", calls[0]["task"]]
        status, stdout, stderr = tenon("run", artifact, *jsonl, stdin=requests)
        lines = stdout.split("\n")[:-1]
        if status != (1 if refused else 0) or stderr or len(lines) != len(calls):
            failures.add("--jsonl", f"exit status {status}, {len(lines)} lines: {stderr}")
            lines = []
        for i, line in enumerate(lines):
            where = f"--jsonl: call {i} ({calls[i]['task']})"
            if i not in refused:
                compare(where, calls[i], line, failures)
            elif json.loads(line).keys() != {"error", "line"} or json.loads(line)["line"] != i + 1:
                failures.add(where, f"must be refused, but is answered with {line[:200]}")
    if not command_lines:
        return
    for i, call in enumerate(calls):
        where = f"call {i} ({call['task']})"
        arguments = command_line(call)
        if arguments is None:
            continue
        status, stdout, stderr = tenon("run", artifact, "--json", *arguments)
        if i in refused:
            if status not in (1, 2) or stdout or not stderr.startswith("tenon: error: "):
                failures.add(where, f"must be refused, but: {status}, {stdout[:200]}, {stderr}")
        elif status or stderr or stdout.count("\n") != 1:
            failures.add(where, f"exit status {status}: {stderr}")
        else:
            compare(where, call, stdout, failures)


# Tokens


def check_tokens(artifact, tokenized, failures):
    for i, expected in enumerate(tokenized):
        expected = dict(expected)
        text, pair = expected.pop("text"), expected.pop("text_pair", None)
        options = ["--json"] + (["--pair", pair] if pair is not None else [])
        status, stdout, stderr = tenon("tokenize", artifact, *options, "--", text)
        if status or stderr:
            failures.add(f"tokens {i}", f"exit status {status}: {stderr}")
        elif json.loads(stdout) != expected:
            failures.add(f"tokens {i}", f"{text[:60]!r}: {stdout.strip()} is not {expected}")


def runnable_variants(artifact):
    """The variants in the artifact that this machine has the features for; '' is its choice."""
    status, stdout, stderr = tenon("inspect", artifact, "--json")
    assert status == 0, stderr
    # The format calls features as the kernel does.
    flags = pathlib.Path("/proc/cpuinfo").read_text().split("flags", 1)[1].split("\n", 1)[0].split()
    variants = [""]
    for variant in json.loads(stdout)["variants"]:
        if set(filter(None, variant["features"].split(","))) <= set(flags):
            variants.append(variant["name"])
    return variants


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("scratch", type=pathlib.Path)
    parser.add_argument("--target", help="compile for this backend")
    parser.add_argument("--cpu", help="compile for this processor only")
    parser.add_argument("--fusion", help="the policy to compile with")
    arguments = parser.parse_args()
    scratch = arguments.scratch
    scratch.mkdir(parents=True, exist_ok=True)
    artifact = scratch / "model.tenon"
    how = ["--cpu", arguments.cpu] if arguments.cpu else []
    how += ["--target", arguments.target] if arguments.target else []
    how += ["--fusion", arguments.fusion] if arguments.fusion else []
    status, stdout, stderr = tenon("compile", arguments.checkpoint, "-o", artifact, *how)
    # Checkpoints of images that only tensors are run through have nothing that prepares images.
    if not (arguments.checkpoint / "preprocessor_config.json").exists():
        stderr = stderr.replace(UNPREPARED, "")
    if status or stdout or stderr:
        sys.exit(f"compile: exit status {status}\n{stdout}{stderr}")

    failures = Failures()
    golden = read_safetensors(arguments.checkpoint / "golden.safetensors")
    variants = [""] if arguments.target else runnable_variants(artifact)
    check_raw(artifact, golden, scratch, variants, failures)
    pipeline = json.loads((arguments.checkpoint / "pipeline.json").read_text())
    calls = pipeline["calls"]
    check_answers(artifact, calls, failures, command_lines=not arguments.target)
    if not arguments.target:
        check_tokens(artifact, pipeline["tokenized"], failures)
    names = arguments.target or ", ".join(v for v in variants if v)
    print(f"{arguments.checkpoint.name}: {len(golden)} tensors on {names}; {len(calls)} calls")
    print(*failures.lines, sep="\n")
    sys.exit(1 if failures.lines else 0)


if __name__ == "__main__":
    main()
