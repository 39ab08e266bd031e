"""The systems that are compared: one class each.

A peer is made in a process of its own with a model and a number of threads, and
answers with its outputs by name. What it raises is listed as its result.
"""

import ctypes
import os
import subprocess
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TENON = ROOT / "build/bin/tenon"


class Status(RuntimeError):
    pass


class Tensor(ctypes.Structure):
    """tenon_tensor of tenon.h."""

    _fields_ = [
        ("size", ctypes.c_size_t), ("name", ctypes.c_char_p), ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)]


class InstanceOptions(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("threads", ctypes.c_uint32),
                ("pin", ctypes.c_uint32), ("spin_ns", ctypes.c_uint64)]


def tenon_artifact(model):
    """Compiled anew when the compiler or the checkpoint changed."""
    artifact = model.checkpoint.parent / "model.tenon"
    library = ROOT / "build/lib/libtenon-compiler.so"
    newest = max(os.path.getmtime(library),
                 os.path.getmtime(model.checkpoint / "model.safetensors"))
    if not artifact.exists() or os.path.getmtime(artifact) < newest:
        subprocess.run([TENON, "compile", model.checkpoint, "-o", artifact], check=True)
    return artifact


class Tenon:
    """Through the C interface, as a program would use it."""

    def __init__(self, model, threads):
        self.library = ctypes.CDLL(str(ROOT / "build/lib/libtenon.so"))
        for name in ("tenon_instance_create", "tenon_model_open",
                     "tenon_session_create", "tenon_session_run"):
            getattr(self.library, name).restype = ctypes.c_void_p
        self.library.tenon_status_message.restype = ctypes.c_char_p
        self.outputs = model.outputs
        instance, opened = ctypes.c_void_p(), ctypes.c_void_p()
        self.session = ctypes.c_void_p()
        options = InstanceOptions(ctypes.sizeof(InstanceOptions), threads, 0, 0)
        self.check(self.library.tenon_instance_create(
            ctypes.byref(options), ctypes.byref(instance)))
        self.check(self.library.tenon_model_open(
            instance, str(tenon_artifact(model)).encode(), None, ctypes.byref(opened)))
        self.check(self.library.tenon_session_create(
            opened, None, ctypes.byref(self.session)))

    def check(self, status):
        if status:
            raise Status(self.library.tenon_status_message(
                ctypes.c_void_p(status)).decode())

    @staticmethod
    def tensor(name, array):
        shape = (ctypes.c_int64 * array.ndim)(*array.shape)
        code = 2 if array.dtype.kind == "f" else 0
        return Tensor(ctypes.sizeof(Tensor), name.encode(), array.ctypes.data, 1, 0,
                      array.ndim, code, array.dtype.itemsize * 8, 1, shape, None, 0)

    def prepare(self, feeds):
        self.feeds = feeds  # the tensors point into it
        self.inputs = (Tensor * len(feeds))(
            *[self.tensor(name, array) for name, array in feeds.items()])
        self.results = (Tensor * len(self.outputs))()

    def run(self):
        for result, name in zip(self.results, self.outputs):
            result.size = ctypes.sizeof(Tensor)
            result.name = name.encode()
            result.data = None
        self.check(self.library.tenon_session_run(
            self.session, b"forward", self.inputs, len(self.inputs), self.results,
            len(self.results)))

    def answer(self):
        self.run()
        answers = {}
        for result, name in zip(self.results, self.outputs):
            shape = [result.shape[i] for i in range(result.ndim)]
            pointer = ctypes.cast(result.data, ctypes.POINTER(ctypes.c_float))
            answers[name] = np.ctypeslib.as_array(pointer, shape).copy()
        return answers


class OnnxRuntime:
    """At full optimization (graph_optimization_level ALL), fp32."""

    def file(self, model):
        return model.onnx

    def __init__(self, model, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.graph_optimization_level = (
            onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)
        self.session = onnxruntime.InferenceSession(
            str(self.file(model)), options, providers=["CPUExecutionProvider"])
        self.outputs = list(model.outputs)

    def prepare(self, feeds):
        self.feeds = feeds

    def run(self):
        self.results = self.session.run(self.outputs, self.feeds)

    def answer(self):
        self.run()
        return dict(zip(self.outputs, self.results))


class OnnxRuntimeFused(OnnxRuntime):
    """The file first rewritten by ONNX Runtime's own transformer optimizer, which
    fuses attention, layer norm and GELU."""

    def file(self, model):
        fused = model.onnx.with_name("fused.onnx")
        if not fused.exists() or os.path.getmtime(fused) < os.path.getmtime(model.onnx):
            from onnxruntime.transformers import optimizer

            if model.images and "ViT" not in model.architecture:
                raise RuntimeError("has no rules for such a model")

            rewritten = optimizer.optimize_model(
                str(model.onnx), model_type="vit" if model.images else "bert",
                num_heads=model.config.get("num_attention_heads", 12),
                hidden_size=model.config.get("hidden_size", 768), opt_level=1)
            rewritten.save_model_to_file(str(fused))
        return fused


class OpenVino:
    """Through its Python interface, for latency, fp32."""

    def __init__(self, model, threads):
        import openvino

        core = openvino.Core()
        compiled = core.compile_model(str(model.onnx), "CPU", {
            "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"})
        self.request = compiled.create_infer_request()

    def prepare(self, feeds):
        self.feeds = feeds

    def run(self):
        self.results = self.request.infer(self.feeds, share_inputs=True)

    def answer(self):
        self.run()
        return {key.any_name: value.copy() for key, value in self.results.items()}


class Torch:
    """transformers in torch, its default attention, fp32."""

    def __init__(self, model, threads):
        import torch
        import transformers

        self.torch = torch
        torch.set_num_threads(threads)
        kind = getattr(transformers, model.architecture)
        self.model = self.ready(kind.from_pretrained(model.checkpoint).eval())
        self.outputs = list(model.outputs)

    def ready(self, model):
        return model

    def prepare(self, feeds):
        self.feeds = {name: self.torch.from_numpy(array) for name, array in feeds.items()}

    def run(self):
        with self.torch.inference_mode():
            self.results = self.model(**self.feeds)

    def answer(self):
        self.run()
        return {name: self.results[name].numpy() for name in self.outputs}


class TorchCompiled(Torch):
    """The same through torch.compile, for each shape anew."""

    def ready(self, model):
        return self.torch.compile(model, dynamic=False)


PEERS = {"tenon": Tenon, "onnxruntime": OnnxRuntime, "onnxruntime-fused": OnnxRuntimeFused,
         "openvino": OpenVino, "torch": Torch, "torch-compiled": TorchCompiled}
