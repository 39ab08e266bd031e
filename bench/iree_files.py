"""A model as IREE's compiler wants it and makes it: static shapes, in files."""

import subprocess
import sys
from pathlib import Path

from files import is_current

SCOPE = "model"  # of the weights, which lie beside the module
FUNCTION = "main_graph"  # as the exporter names it
STACK = 2**20  # of each thread that runs a module

OPTIONS = ["--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=llvm-cpu",
           "--iree-llvmcpu-target-cpu=host", "--iree-opt-level=O3",
           # Packs operands of products: a quarter less CPU time for MiniLM.
           "--iree-dispatch-creation-data-tiling",
           # Sums of embeddings need more than the 32 KiB of default.
           f"--iree-llvmcpu-stack-allocation-limit={STACK // 2}"]


def compiled(model, feeds):
    """(module, weights) for inputs of such shapes; compiled once."""
    shape = "x".join(map(str, next(iter(feeds.values())).shape))
    folder = model.checkpoint.parent / "iree" / shape
    module, weights = folder / "module.vmfb", folder / "weights.irpa"
    if not is_current(module, model.onnx, __file__):
        folder.mkdir(parents=True, exist_ok=True)
        source, text = folder / "static.onnx", folder / "module.mlir"
        fix_shapes(model, feeds, source)
        called(folder, "iree-import-onnx", source.name, "-o", text.name, "--opset-version=17",
               "--externalize-params", f"--save-params-to={weights.name}",
               f"--params-scope={SCOPE}")
        called(folder, "iree-compile", text.name, "-o", module.name, *OPTIONS)
        source.unlink()
        text.unlink()
    return module, weights


def fix_shapes(model, feeds, path):
    """Writes the model's ONNX file for inputs of such shapes. ONNX Runtime folds
    what follows from them; in a file that computes its shapes IREE finds few of
    them."""
    import onnx
    import onnxruntime

    graph = onnx.load(model.onnx)
    for port in graph.graph.input:
        for dimension, size in zip(port.type.tensor_type.shape.dim, feeds[port.name].shape):
            dimension.dim_value = size
    given = path.with_name("given.onnx")
    onnx.save(graph, given)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    onnxruntime.InferenceSession(str(given), options, providers=["CPUExecutionProvider"])
    given.unlink()


def called(folder, tool, *arguments):
    """Runs one of IREE's tools in the folder. Its errors hold whole programs, so
    that only the first line is raised."""
    done = subprocess.run([Path(sys.executable).with_name(tool), *arguments], text=True,
                          cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        first = done.stdout.strip().splitlines() or [f"status {done.returncode}"]
        raise RuntimeError(f"{tool}: {first[0][:200]}")
