"""The systems that are compared: one class each.

A peer is made in a process of its own with a model and a number of threads, and
answers with its outputs by name. What it raises is listed as its result.
"""

import ctypes

import numpy as np

import models
import rows
import tenon_files
from files import is_current


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


class Peer:
    """What all have. __init__(model, threads) sets `opened`, the file or folder
    that was opened; prepare(request) takes the inputs, run() answers them, and
    answer() is run() with the outputs by name."""

    precisions = ("fp32",)  # in which it is measured
    needs = None  # what else to install, for one that isn't by default

    def prepare(self, feeds):
        self.feeds = feeds


class Tenon(Peer):
    """Through the C interface, as a program would use it: texts of different lengths
    one by one, as padding costs as much as text. (Tasks run those of like lengths
    together.)"""

    precisions = rows.PRECISIONS

    def __init__(self, model, threads):
        self.library = ctypes.CDLL(str(tenon_files.LIBRARY))
        for name in ("tenon_instance_create", "tenon_model_open",
                     "tenon_session_create", "tenon_session_run"):
            getattr(self.library, name).restype = ctypes.c_void_p
        self.library.tenon_status_message.restype = ctypes.c_char_p
        self.outputs = model.outputs
        self.opened = tenon_files.artifact(model)
        instance, opened = ctypes.c_void_p(), ctypes.c_void_p()
        self.session = ctypes.c_void_p()
        options = InstanceOptions(ctypes.sizeof(InstanceOptions), threads, 0, 0)
        self.check(self.library.tenon_instance_create(
            ctypes.byref(options), ctypes.byref(instance)))
        self.check(self.library.tenon_model_open(
            instance, str(self.opened).encode(), None, ctypes.byref(opened)))
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
        self.calls = []
        for part in without_padding(feeds):
            inputs = (Tensor * len(part))(
                *[self.tensor(name, array) for name, array in part.items()])
            self.calls.append((part, inputs))  # which points into it
        self.results = (Tensor * len(self.outputs))()

    def call(self, inputs):
        for result, name in zip(self.results, self.outputs):
            result.size = ctypes.sizeof(Tensor)
            result.name = name.encode()
            result.data = None
        self.check(self.library.tenon_session_run(
            self.session, b"forward", inputs, len(inputs), self.results, len(self.results)))

    def run(self):
        for _, inputs in self.calls:
            self.call(inputs)

    def answer(self):
        answers = {name: [] for name in self.outputs}
        for _, inputs in self.calls:
            self.call(inputs)
            for result, name in zip(self.results, self.outputs):
                shape = [result.shape[i] for i in range(result.ndim)]
                pointer = ctypes.cast(result.data, ctypes.POINTER(ctypes.c_float))
                answers[name].append(np.ctypeslib.as_array(pointer, shape).copy())
        return {name: joined(parts) for name, parts in answers.items()}


def without_padding(feeds):
    """Rows of different lengths as requests of their own; else the request as it is."""
    mask = feeds.get("attention_mask")
    if mask is None or mask.all():
        return [feeds]
    return [{name: np.ascontiguousarray(array[i:i + 1, :length])
             for name, array in feeds.items()}
            for i, length in enumerate(mask.sum(axis=1))]


def joined(parts):
    """Answers of several requests as that of one, padded with zeros."""
    longest = [max(sizes) for sizes in zip(*(part.shape[1:] for part in parts))]
    return np.concatenate([np.pad(part, [(0, 0)] + [
        (0, most - size) for most, size in zip(longest, part.shape[1:])]) for part in parts])


# Precisions whose weights have 8 bits: what others do for either is round
# activations too, as they come.
EIGHT_BITS = ("int8", "int8-weights")


def onnx_file(model):
    """The model's file, or what ONNX Runtime's quantization makes of it: dynamic, or
    static with the products' inputs in 8 bits (QDQ, a form that others read, too)."""
    if model.precision in ("fp32", "bf16"):
        return model.onnx
    static = model.precision == "int8-static"
    file = model.onnx.with_name("int8-static.onnx" if static else "int8.onnx")
    if is_current(file, model.onnx):
        return file
    from onnxruntime import quantization

    if static:
        class Reader(quantization.CalibrationDataReader):
            requests = iter(model.calibration())

            def get_next(self):
                return next(self.requests, None)

        quantization.quantize_static(
            str(model.onnx), str(file), Reader(), per_channel=True,
            op_types_to_quantize=["MatMul", "Gemm", "Conv"],
            weight_type=quantization.QuantType.QInt8)
    else:
        quantization.quantize_dynamic(str(model.onnx), str(file), per_channel=True,
                                      weight_type=quantization.QuantType.QInt8)
    return file


class OnnxRuntime(Peer):
    """At full optimization (graph_optimization_level ALL), fp32; int8 by its dynamic
    or static quantization, a scale for each column."""

    precisions = ("fp32", "int8-static", *EIGHT_BITS)

    def file(self, model):
        return onnx_file(model)

    def __init__(self, model, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.graph_optimization_level = (
            onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)
        self.opened = self.file(model)
        self.session = onnxruntime.InferenceSession(
            str(self.opened), options, providers=["CPUExecutionProvider"])
        self.outputs = list(model.outputs)

    def run(self):
        self.results = self.session.run(self.outputs, self.feeds)

    def answer(self):
        self.run()
        return dict(zip(self.outputs, self.results))


class OnnxRuntimeFused(OnnxRuntime):
    """The file first rewritten by ONNX Runtime's own transformer optimizer, which
    fuses attention, layer norm and GELU."""

    precisions = ("fp32",)

    def file(self, model):
        fused = model.onnx.with_name("fused.onnx")
        if not is_current(fused, model.onnx):
            from onnxruntime.transformers import optimizer

            if model.images and "ViT" not in model.architecture:
                raise RuntimeError("has no rules for such a model")

            rewritten = optimizer.optimize_model(
                str(model.onnx), model_type="vit" if model.images else "bert",
                num_heads=model.config.get("num_attention_heads", 12),
                hidden_size=model.config.get("hidden_size", 768), opt_level=1)
            rewritten.save_model_to_file(str(fused))
        return fused


def openvino_options(threads, precision="fp32"):
    """For latency, with products in fp32 or bf16."""
    return {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32"}


class OpenVino(Peer):
    """Through its Python interface, for latency, fp32 or bf16; int8 as in the file that
    ONNX Runtime's static quantization makes."""

    precisions = ("fp32", "bf16", "int8-static")

    def file(self, model):
        return onnx_file(model)

    def __init__(self, model, threads):
        import openvino

        self.opened = self.file(model)
        compiled = openvino.Core().compile_model(
            str(self.opened), "CPU", openvino_options(threads, model.precision))
        self.request = compiled.create_infer_request()

    def run(self):
        self.results = self.request.infer(self.feeds, share_inputs=True)

    def answer(self):
        self.run()
        return {key.any_name: value.copy() for key, value in self.results.items()}


class OpenVinoNncf(OpenVino):
    """int8 as NNCF makes it, OpenVINO's own quantization: calibrated for transformers,
    with what it knows to do about outliers in activations."""

    precisions = ("int8-static",)
    needs = "nncf==3.4.0"

    def file(self, model):
        file = model.onnx.with_name("int8-nncf.xml")
        if not is_current(file, model.onnx):
            import nncf
            import openvino

            kind = nncf.ModelType.TRANSFORMER if "ConvNext" not in model.architecture else None
            openvino.save_model(
                nncf.quantize(openvino.Core().read_model(str(model.onnx)),
                              nncf.Dataset(model.calibration()), model_type=kind),
                file, compress_to_fp16=False)
        return file


def converted(model):
    """The folder of a model as CTranslate2 wants it, without a change of types."""
    folder = model.checkpoint.parent / "ctranslate2"
    if (folder / "model.bin").exists():
        return folder
    import ctranslate2
    import transformers

    class Converter(ctranslate2.converters.TransformersConverter):
        def load_tokenizer(self, kind, path, **options):
            if model.generates:
                return super().load_tokenizer(kind, path, **options)
            # Encoders are given ids; their checkpoints have no tokenizer.
            vocabulary = model.checkpoint.parent / "vocab.txt"
            vocabulary.write_text("\n".join(models.vocabulary()) + "\n")
            return transformers.BertTokenizer(vocabulary)

    Converter(str(model.checkpoint)).convert(str(folder), force=True)
    return folder


def ctranslate2_type(model):
    return "float32" if model.precision == "fp32" else "int8_float32"


class CTranslate2(Peer):
    """Its encoder, fp32 or int8, given ids and lengths, so that it skips padding. It
    has no heads: the head of a classifier is done in numpy."""

    precisions = ("fp32", *EIGHT_BITS)

    def __init__(self, model, threads):
        import ctranslate2

        if model.images:
            raise NotImplementedError("has no vision models")
        self.opened = converted(model)
        self.view = ctranslate2.StorageView.from_array
        self.encoder = ctranslate2.Encoder(
            str(self.opened), device="cpu", inter_threads=1, intra_threads=threads,
            compute_type=ctranslate2_type(model))
        self.outputs = model.outputs
        self.weights = head_weights(model)

    def prepare(self, feeds):
        mask = feeds["attention_mask"]
        self.ids = self.view(feeds["input_ids"].astype(np.int32))
        self.lengths = self.view(mask.sum(axis=1).astype(np.int32))
        self.types = (feeds["token_type_ids"].tolist() if "token_type_ids" in feeds else None)

    def run(self):
        self.results = self.encoder.forward_batch(self.ids, self.lengths, self.types)
        if self.outputs == ("logits",):
            self.logits = self.head()

    def head(self):
        first = self.results.pooler_output
        if first is None:  # DistilBERT has a layer of its own instead
            hidden = np.array(self.results.last_hidden_state)[:, 0]
            first = np.maximum(0, hidden @ self.weights["pre_classifier.weight"].T
                               + self.weights["pre_classifier.bias"])
        return (np.array(first) @ self.weights["classifier.weight"].T
                + self.weights["classifier.bias"])

    def answer(self):
        self.run()
        if self.outputs == ("logits",):
            return {"logits": self.logits}
        return {"last_hidden_state": np.array(self.results.last_hidden_state)}


def head_weights(model):
    """The tensors of a classifier's head, by name."""
    from safetensors import safe_open

    with safe_open(model.checkpoint / "model.safetensors", "numpy") as file:
        return {name: file.get_tensor(name) for name in file.keys()
                if name.startswith(("classifier.", "pre_classifier."))}


class Torch(Peer):
    """transformers in torch, its default attention, fp32 or bf16."""

    precisions = ("fp32", "bf16")

    def __init__(self, model, threads):
        import torch
        import transformers

        self.torch = torch
        torch.set_num_threads(threads)
        kind = getattr(transformers, model.architecture)
        self.opened = model.checkpoint / "model.safetensors"
        self.type = torch.bfloat16 if model.precision == "bf16" else torch.float32
        loaded = kind.from_pretrained(model.checkpoint, dtype=self.type)
        self.model = self.ready(loaded.eval())
        self.outputs = list(model.outputs)

    def ready(self, model):
        return model

    def prepare(self, feeds):
        tensors = {name: self.torch.from_numpy(array) for name, array in feeds.items()}
        self.feeds = {name: tensor.to(self.type) if tensor.is_floating_point() else tensor
                      for name, tensor in tensors.items()}

    def run(self):
        with self.torch.inference_mode():
            self.results = self.model(**self.feeds)

    def answer(self):
        self.run()
        return {name: self.results[name].float().numpy() for name in self.outputs}


class TorchCompiled(Torch):
    """The same through torch.compile, for each shape anew."""

    def ready(self, model):
        return self.torch.compile(model, dynamic=False)


class Iree(Peer):
    """Compiled ahead of time for this processor, with shapes that are known: one
    module for each shape."""

    def __init__(self, model, threads):
        import iree.runtime

        import iree_files

        self.library, self.files, self.model = iree.runtime, iree_files, model
        iree.runtime.flags.parse_flags(f"--task_topology_max_group_count={threads}",
                                       f"--task_worker_stack_size={iree_files.STACK}")
        self.config = iree.runtime.Config("local-task")

    def prepare(self, feeds):
        module, weights = self.files.compiled(self.model, feeds)
        self.opened = module.parent
        runtime, instance = self.library, self.config.vm_instance
        index = runtime.ParameterIndex()
        index.load(str(weights))
        parameters = runtime.create_io_parameters_module(
            instance, index.create_provider(scope=self.files.SCOPE))
        loaded = runtime.load_vm_modules(
            parameters, runtime.VmModule.mmap(instance, str(module)), config=self.config)[-1]
        self.function = loaded[self.files.FUNCTION]
        self.inputs = [runtime.asdevicearray(self.config.device, array)
                       for array in feeds.values()]

    def run(self):
        results = self.function(*self.inputs)
        results = results if isinstance(results, tuple) else (results,)
        self.results = [result.to_host() for result in results]

    def answer(self):
        self.run()
        return dict(zip(self.model.outputs, self.results))


PEERS = {"tenon": Tenon, "onnxruntime": OnnxRuntime, "onnxruntime-fused": OnnxRuntimeFused,
         "openvino": OpenVino, "openvino-nncf": OpenVinoNncf, "ctranslate2": CTranslate2, "torch": Torch,
         "torch-compiled": TorchCompiled, "iree": Iree}
