"""Reading and writing fixture files, the same bytes every time."""

import hashlib
import json

import numpy as np
import torch
from safetensors.torch import load_file, save_file


def write_json(path, value, indent=1):
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_json_rows(path, value):
    """An object of lists, each element on a line of its own."""
    def row(element):
        return json.dumps(element, ensure_ascii=False, allow_nan=False)

    parts = [
        f"{json.dumps(key)}: [\n" + ",\n".join(row(e) for e in rows) + "\n]"
        for key, rows in value.items()
    ]
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def write_tensors(path, tensors, metadata=None):
    """`metadata` may have one entry: the library writes several in an order that changes."""
    if metadata is not None and len(metadata) > 1:
        raise ValueError("more than one metadata entry is not reproducible")
    save_file({k: v.detach().clone().contiguous() for k, v in tensors.items()}, str(path), metadata)
    path.chmod(0o644)


def plain(value):
    """An answer of a pipeline as JSON values: numpy scalars become Python's, tuples lists."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, torch.Tensor):
        return value.tolist()
    return value


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tree(directory):
    """Relative paths of the files under `directory`, sorted."""
    return sorted(p.relative_to(directory).as_posix() for p in directory.rglob("*") if p.is_file())


def explain_difference(old, new):
    """One line on how two versions of a file differ."""
    if old.suffix == ".safetensors":
        a, b = load_file(str(old)), load_file(str(new))
        if sorted(a) != sorted(b):
            return f"tensor names differ: {sorted(set(a) ^ set(b))[:4]}"
        worst, where = 0.0, ""
        for name in a:
            if a[name].shape != b[name].shape or a[name].dtype != b[name].dtype:
                return f"{name}: {tuple(a[name].shape)} against {tuple(b[name].shape)}"
            scale = a[name].double().abs().max().clamp(min=1e-30)
            off = float((a[name].double() - b[name].double()).abs().max() / scale)
            if not off <= worst:
                worst, where = off, name
        return f"values differ by at most {worst:.2e} of the largest magnitude ({where})"
    a, b = old.read_text(encoding="utf-8"), new.read_text(encoding="utf-8")
    if old.suffix == ".json":
        worst = [0.0]
        if _same_but_for_floats(json.loads(a), json.loads(b), worst):
            return f"the same but for numbers, which differ by at most {worst[0]:.2e}"
    a, b = a.splitlines(), b.splitlines()
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y:
            at = next((j for j, (p, q) in enumerate(zip(x, y)) if p != q), 0)
            near = slice(max(at - 30, 0), at + 30)
            return f"line {i + 1}, column {at + 1}: {x[near]!r} against {y[near]!r}"
    return f"{len(a)} lines against {len(b)}"


def _same_but_for_floats(a, b, worst):
    if isinstance(a, float) and isinstance(b, float):
        worst[0] = max(worst[0], abs(a - b))
        return True
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(_same_but_for_floats(a[k], b[k], worst) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_same_but_for_floats(x, y, worst) for x, y in zip(a, b))
    return a == b
