"""All fixtures: generating them into a folder, comparing two folders."""

import functools
import importlib.metadata
import json
import logging
import shutil

import torch
import transformers

from . import checkpoint, decoders, generation, tokens, vision, vision_specs, witness
from .files import explain_difference, tree, write_json
from .specs import SPECS

# Tables of checkpoints, and what makes one.
CHECKPOINTS = ((SPECS, checkpoint.make), (vision_specs.SPECS, vision.make))
FOLDERS = ("checkpoints", "tokenizers", "witnesses", "generation", "decoders")
PACKAGES = ["transformers", "torch", "tokenizers", "safetensors", "numpy"]


@functools.cache
def witnesses():
    return witness.load()


def fixtures():
    """(name, purpose) of each fixture."""
    for table, _ in CHECKPOINTS:
        for name, spec in table.items():
            yield f"checkpoints/{name}", spec["purpose"]
    for name, spec in tokens.VOCABULARIES.items():
        yield f"tokenizers/{name}", spec["purpose"]
    for name, entry in witnesses().items():
        yield f"witnesses/{name}", entry.purpose
    for name, entry in generation.FIXTURES.items():
        yield f"generation/{name}", entry.purpose
    for name, entry in decoders.FIXTURES.items():
        yield f"decoders/{name}", entry.purpose


def prepare():
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    torch.backends.mkldnn.enabled = False
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(0)


def generate(root, matches, partial_of=None):
    """Writes the fixtures that match under `root`. The manifest keeps the entries of the others,
    taken from `partial_of` or from the manifest already there."""
    prepare()
    path = (partial_of or root) / "manifest.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    manifest = dict(
        versions={p: importlib.metadata.version(p).split("+")[0] for p in PACKAGES},
        checkpoints={}, tokenizers={}, witnesses={}, generation={}, decoders={},
    )  # fmt: skip
    for table, make in CHECKPOINTS:
        for name, spec in table.items():
            if matches(f"checkpoints/{name}") or matches(name):
                entry = make(name, spec, root / "checkpoints" / name)
            else:
                entry = known.get("checkpoints", {}).get(name)
            if entry is not None:
                manifest["checkpoints"][name] = entry
    for name, spec in tokens.VOCABULARIES.items():
        if matches(f"tokenizers/{name}") or matches(name):
            tokens.make(spec, root / "tokenizers" / name)
        manifest["tokenizers"][name] = dict(purpose=spec["purpose"])
    for name, entry in witnesses().items():
        if matches(f"witnesses/{name}") or matches(name):
            logging.info("%s", name)
            entry.write(root / "witnesses", name)
        manifest["witnesses"][name] = dict(purpose=entry.purpose)
    for name, entry in generation.FIXTURES.items():
        if matches(f"generation/{name}") or matches(name):
            logging.info("%s", name)
            entry.write(root / "generation", name)
        manifest["generation"][name] = dict(purpose=entry.purpose)
    for name, entry in decoders.FIXTURES.items():
        if matches(f"decoders/{name}") or matches(name):
            logging.info("%s", name)
            entry.write(root / "decoders", name)
        manifest["decoders"][name] = dict(purpose=entry.purpose)
    remove_strangers(root)
    write_json(root / "manifest.json", manifest)


def remove_strangers(root):
    """Fixtures that the tables no longer name."""
    checkpoints = {name for table, _ in CHECKPOINTS for name in table}
    for folder, names in (("checkpoints", checkpoints), ("tokenizers", {*tokens.VOCABULARIES})):
        for path in (root / folder).glob("*"):
            if path.name not in names:
                shutil.rmtree(path)
    for path in (root / "witnesses").glob("*"):
        if path.stem not in witnesses():
            path.unlink()


def compare(kept, fresh, matches):
    """Prints each file that differs; returns the exit status."""

    def files(root):
        found = set()
        for file in tree(root):
            folder, _, rest = file.partition("/")
            name = rest.split("/")[0].split(".")[0]
            if folder in FOLDERS and (matches(name) or matches(f"{folder}/{name}")):
                found.add(file)
        return found | {"manifest.json"}

    a, b = files(kept), files(fresh)
    bad = 0
    for file in sorted(a | b):
        if not (kept / file).exists():
            print(f"{file}: missing here")
        elif not (fresh / file).exists():
            print(f"{file}: no script makes it")
        elif (kept / file).read_bytes() != (fresh / file).read_bytes():
            print(f"{file}: {explain_difference(kept / file, fresh / file)}")
        else:
            continue
        bad += 1
    print(f"{len(a | b) - bad} passed, {bad} failed")
    return 1 if bad else 0
