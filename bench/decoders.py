"""The systems that generate text, one class each, as peers.py has them for a
single pass.

A case is {"kind", "ids", "new"}: the prompt's ids, the tokens to add. Kinds:
prefill  the first token behind a prompt
step     one more token behind a prompt that is held
greedy   a whole generation, the most probable token each time
beams    a whole generation with 4 beams
"""

import ctypes
import json
import time

import numpy as np

import models
import peers
from files import is_current
from generation import BEAMS

STEPS = 16  # of a call that times CTranslate2's steps


class Decoder(peers.Peer):
    """What can run a prompt, then one token after another. States are what its
    prefill() returns: `rows` sequences of like length.

    prefill(ids) -> logits [1, V], state
    step(tokens, state, from) -> logits [rows, V], state; row i continues what
        row from[i] was, or as it stands if `from` is None
    rewind(state, length) -> state as it was with so many tokens
    """

    def prepare(self, case):
        self.kind, self.ids, self.new = case["kind"], case["ids"], case["new"]
        self.logits = None
        if self.kind == "step":
            logits, self.held = self.prefill(self.ids)
            self.token = logits.argmax(axis=1)

    def run(self):
        """Seconds of a call if the call alone isn't all that was done."""
        if self.kind == "prefill":
            self.logits, _ = self.prefill(self.ids)
            self.tokens = [int(self.logits.argmax())]
        elif self.kind == "step":
            begin = time.perf_counter()
            self.logits, after = self.step(self.token, self.held, None)
            self.tokens = [int(self.logits.argmax())]
            seconds = time.perf_counter() - begin
            self.held = self.rewind(after, len(self.ids))
            return [seconds]
        elif self.kind == "greedy":
            self.tokens = self.greedy(self.ids, self.new)
        else:
            self.tokens = self.beams(self.ids, self.new)
        return None

    def answer(self):
        self.run()
        answers = {"tokens": np.array(self.tokens)}
        if self.logits is not None:
            answers["logits"] = np.array(self.logits).ravel()
        return answers

    def greedy(self, ids, new):
        logits, state = self.prefill(ids)
        tokens = [int(logits.argmax())]
        while len(tokens) < new:
            logits, state = self.step(np.array(tokens[-1:]), state, None)
            tokens.append(int(logits.argmax()))
        return tokens

    def beams(self, ids, new):
        """Beam search without an end of sequence, for those that have none."""
        logits, state = self.prefill(ids)
        scores, tokens, rows = np.zeros(1, np.float32), [[]], np.zeros(BEAMS, np.int64)
        for _ in range(new):
            logits = logits - logits.max(axis=1, keepdims=True)
            logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
            logits += scores[:, None]
            flat, width = logits.ravel(), logits.shape[1]
            best = np.argpartition(flat, -BEAMS)[-BEAMS:]
            best = best[np.argsort(-flat[best])]
            scores, rows = flat[best], best // width
            tokens = [tokens[r] + [int(b % width)] for r, b in zip(rows, best)]
            if len(tokens[0]) < new:
                logits, state = self.step(np.array([t[-1] for t in tokens]), state, rows)
        return tokens[0]


class Tenon(Decoder, peers.Tenon):
    """Its entries on a state; whole generations as the task."""

    def __init__(self, model, threads):
        peers.Tenon.__init__(self, model, threads)
        self.library.tenon_state_create.restype = ctypes.c_void_p
        self.library.tenon_state_reset.restype = ctypes.c_void_p
        self.library.tenon_state_truncate.restype = ctypes.c_void_p
        self.library.tenon_session_run_state.restype = ctypes.c_void_p
        self.library.tenon_session_run_task.restype = ctypes.c_void_p
        self.library.tenon_response_json.restype = ctypes.c_char_p
        self.state = ctypes.c_void_p()
        self.check(self.library.tenon_state_create(
            self.session, ctypes.c_size_t(1), ctypes.byref(self.state)))

    prepare, answer = Decoder.prepare, Decoder.answer

    def run(self):
        return Decoder.run(self)

    def call(self, entry, ids):
        given, wanted = self.tensor("input_ids", ids), peers.Tensor()
        wanted.size, wanted.name = ctypes.sizeof(wanted), b"logits"
        self.check(self.library.tenon_session_run_state(
            self.session, entry, self.state, None, ctypes.c_size_t(0),
            ctypes.byref(given), ctypes.c_size_t(1), ctypes.byref(wanted),
            ctypes.c_size_t(1)))
        pointer = ctypes.cast(wanted.data, ctypes.POINTER(ctypes.c_float))
        return np.ctypeslib.as_array(pointer, [wanted.shape[0], wanted.shape[1]])

    def prefill(self, ids):
        self.check(self.library.tenon_state_reset(self.state, ctypes.c_size_t(1)))
        return self.call(b"prefill", np.array([ids], np.int64)), None

    def step(self, tokens, state, rows):
        return self.call(b"step", np.array(tokens, np.int64)[:, None]), None

    def rewind(self, state, length):
        self.check(self.library.tenon_state_truncate(
            self.state, ctypes.c_size_t(0), ctypes.c_int64(length)))

    def generate(self, ids, new, beams):
        # Tokens of prompts are letters.
        text = bytes(models.LETTERS[i] for i in ids).decode()
        request = json.dumps({"task": "text-generation", "inputs": text, "parameters": {
            "do_sample": False, "num_beams": beams, "max_new_tokens": new,
            "return_tensors": True}}).encode()
        response = ctypes.c_void_p()
        self.check(self.library.tenon_session_run_task(
            self.session, request, ctypes.c_size_t(len(request)), None,
            ctypes.c_size_t(0), None, None, ctypes.byref(response)))
        answer = json.loads(self.library.tenon_response_json(response))
        self.library.tenon_response_free(response)
        return answer[0]["generated_token_ids"][len(ids):]

    def greedy(self, ids, new):
        return self.generate(ids, new, 1)

    def beams(self, ids, new):
        return self.generate(ids, new, BEAMS)


class OnnxRuntime(Decoder):
    """At full optimization; keys and values stay in its own tensors (IO binding).
    Beams as a program would do them around it: their rows are gathered."""

    precisions = ("fp32", *peers.EIGHT_BITS)

    def file(self, model):
        return peers.onnx_file(model)

    def __init__(self, model, threads):
        import onnxruntime

        self.library = onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.graph_optimization_level = (
            onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)
        self.opened = self.file(model)
        self.session = onnxruntime.InferenceSession(
            str(self.opened), options, providers=["CPUExecutionProvider"])
        self.inputs = self.session.get_inputs()
        shape = self.inputs[1].shape
        self.empty = [onnxruntime.OrtValue.ortvalue_from_numpy(
            np.zeros((1, shape[1], 0, shape[3]), np.float32)) for _ in self.inputs[1:]]

    def call(self, ids, past):
        binding = self.session.io_binding()
        binding.bind_cpu_input("input_ids", np.ascontiguousarray(ids, np.int64))
        for port, value in zip(self.inputs[1:], past):
            binding.bind_ortvalue_input(port.name, value)
        for port in self.session.get_outputs():
            binding.bind_output(port.name, "cpu")
        self.session.run_with_iobinding(binding)
        logits, *present = binding.get_outputs()
        self.before = past
        return logits.numpy(), present

    def prefill(self, ids):
        return self.call(np.array([ids]), self.empty)

    def step(self, tokens, state, rows):
        if rows is not None and (len(rows) != state[0].shape()[0]
                                 or any(rows != np.arange(len(rows)))):
            state = [self.library.OrtValue.ortvalue_from_numpy(part.numpy()[rows])
                     for part in state]
        return self.call(np.array(tokens)[:, None], state)

    def rewind(self, state, length):
        return self.before


class OnnxRuntimeFused(OnnxRuntime):
    """The file first rewritten by ONNX Runtime's own transformer optimizer."""

    precisions = ("fp32",)

    def file(self, model):
        fused = model.onnx.with_name("fused.onnx")
        if not is_current(fused, model.onnx):
            from onnxruntime.transformers import optimizer

            rewritten = optimizer.optimize_model(
                str(model.onnx), model_type="gpt2", opt_level=1,
                num_heads=model.config.get("n_head", 12),
                hidden_size=model.config.get("n_embd", 768))
            rewritten.save_model_to_file(str(fused))
        return fused


class OpenVino(Decoder):
    """The file with keys and values as inputs and outputs. Two requests take turns,
    so that what one gave is given to the other as it lies. Beams as a program would
    do them around it: their rows are gathered."""

    def __init__(self, model, threads):
        import openvino

        self.opened = model.onnx
        self.library = openvino
        compiled = openvino.Core().compile_model(str(model.onnx), "CPU",
                                                 peers.openvino_options(threads))
        self.requests = [compiled.create_infer_request() for _ in range(2)]
        self.names = [port.any_name for port in compiled.inputs[1:]]
        shape = compiled.inputs[1].partial_shape
        self.empty = [openvino.Tensor(openvino.Type.f32, [
            1, shape[1].get_length(), 0, shape[3].get_length()]) for _ in self.names]

    def call(self, ids, past):
        """A state is the request that holds it, and its tensors."""
        holder, tensors = past
        request = self.requests[holder is self.requests[0]]
        request.set_tensor("input_ids", self.library.Tensor(
            np.ascontiguousarray(ids, np.int64)))
        for name, tensor in zip(self.names, tensors):
            request.set_tensor(name, tensor)
        request.infer()
        self.before = past
        logits, *present = request.output_tensors
        return logits.data, (request, present)

    def prefill(self, ids):
        return self.call(np.array([ids]), (None, self.empty))

    def step(self, tokens, state, rows):
        holder, tensors = state
        if rows is not None and (len(rows) != tensors[0].shape[0]
                                 or any(rows != np.arange(len(rows)))):
            tensors = [self.library.Tensor(tensor.data[rows]) for tensor in tensors]
        return self.call(np.array(tokens)[:, None], (holder, tensors))

    def rewind(self, state, length):
        return self.before


class CTranslate2(Decoder):
    """Its generator, fp32 or int8. It tells the time of each token, but has no
    single step: one is those of a short generation."""

    precisions = ("fp32", *peers.EIGHT_BITS)

    def __init__(self, model, threads):
        import ctranslate2

        self.opened = peers.converted(model)
        self.library = ctranslate2
        self.generator = ctranslate2.Generator(
            str(self.opened), device="cpu", inter_threads=1, intra_threads=threads,
            compute_type=peers.ctranslate2_type(model))
        vocabulary = json.loads((model.checkpoint / "vocab.json").read_text())
        self.names = sorted(vocabulary, key=vocabulary.get)

    def generate(self, ids, new, **options):
        results = self.generator.generate_batch(
            [[self.names[i] for i in ids]], max_length=new, min_length=new, sampling_topk=1,
            include_prompt_in_result=False, **options)
        return results[0].sequences_ids[0]

    def prepare(self, case):
        self.kind, self.ids, self.new = case["kind"], case["ids"], case["new"]
        self.logits = None

    def run(self):
        if self.kind == "prefill":
            self.tokens = self.generate(self.ids, 1)
            return None
        if self.kind == "step":
            marks = []
            self.tokens = self.generate(
                self.ids, STEPS + 1,
                callback=lambda _: marks.append(time.perf_counter()))[1:2]
            return list(np.diff(marks))
        return super().run()

    def answer(self):
        answers = super().answer()
        if self.kind in ("prefill", "step"):
            ids = list(self.ids)
            if self.kind == "step":
                ids += self.generate(ids, 1)
            logits = self.generator.forward_batch([ids])
            answers["logits"] = np.array(logits)[0, -1].copy()
        return answers

    def greedy(self, ids, new):
        return self.generate(ids, new)

    def beams(self, ids, new):
        return self.generate(ids, new, beam_size=BEAMS)


class LlamaCpp(Decoder):
    """Through llama-cpp-python, with keys and values in fp32, weights in fp32 or its
    formats of 8 and 4 bits. It has no beam search: cells of the cache are copied for one
    around it."""

    precisions = ("fp32", "int8-weights", "int4-weights")

    needs = "llama-cpp-python==0.3.36 gguf"  # builds for ten minutes

    def __init__(self, model, threads):
        import llama_cpp

        import gguf_file

        self.opened = file = model.checkpoint.parent / f"{model.precision}.gguf"
        if not file.exists():
            gguf_file.write(model.checkpoint, file, model.precision)
        self.library = llama_cpp
        # Its account of what it loads fills screens.
        self.silent = llama_cpp.llama_log_callback(lambda *_: None)
        llama_cpp.llama_log_set(self.silent, None)
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        # Matrices of codes that it lays out for AMX make it crash.
        parameters.use_extra_bufts = model.precision == "fp32"
        self.model = llama_cpp.llama_model_load_from_file(str(file).encode(), parameters)
        if not self.model:
            raise RuntimeError("can't load the model")
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = 1024 * BEAMS
        options.n_batch = options.n_ubatch = 1024
        options.n_seq_max = BEAMS
        options.n_threads = options.n_threads_batch = threads
        options.type_k = options.type_v = llama_cpp.GGML_TYPE_F32
        options.no_perf = True
        self.context = llama_cpp.llama_init_from_model(self.model, options)
        if not self.context:
            raise RuntimeError("can't make a context")
        self.memory = llama_cpp.llama_get_memory(self.context)
        self.batch = llama_cpp.llama_batch_init(1024, 0, 1)
        self.width = llama_cpp.llama_vocab_n_tokens(
            llama_cpp.llama_model_get_vocab(self.model))

    def call(self, tokens, positions, sequences, outputs):
        batch = self.batch
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i], batch.pos[i] = int(token), int(positions[i])
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, int(sequences[i])
            batch.logits[i] = i in outputs
        status = self.library.llama_decode(self.context, batch)
        if status:
            raise RuntimeError(f"llama_decode: {status}")
        pointer = self.library.llama_get_logits(self.context)
        return np.ctypeslib.as_array(pointer, [len(outputs), self.width])

    def prefill(self, ids):
        self.library.llama_memory_clear(self.memory, False)
        count = len(ids)
        return self.call(ids, range(count), [0] * count, {count - 1}), (count, 1)

    def step(self, tokens, state, rows):
        length, held = state
        if rows is not None and (held != len(rows) or any(rows != np.arange(held))):
            raise NotImplementedError("no beam search")
        count = len(tokens)
        return (self.call(tokens, [length] * count, range(count), set(range(count))),
                (length + 1, count))

    def rewind(self, state, length):
        self.library.llama_memory_seq_rm(self.memory, -1, length, -1)
        return length, state[1]

    def beams(self, ids, new):
        raise NotImplementedError("no beam search")


class Torch(Decoder):
    """transformers in eager mode: the reference of the outputs."""

    def __init__(self, model, threads):
        import torch
        from transformers import GPT2LMHeadModel

        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.library = torch
        self.opened = model.checkpoint / "model.safetensors"
        self.model = self.ready(GPT2LMHeadModel.from_pretrained(
            model.checkpoint, attn_implementation="eager").eval())

    def ready(self, model):
        return model

    def prefill(self, ids):
        from transformers import DynamicCache

        cache = DynamicCache()
        return self.call(np.array([ids]), cache)

    def call(self, ids, cache):
        answer = self.model(input_ids=self.library.from_numpy(ids), past_key_values=cache,
                            use_cache=True, logits_to_keep=1)
        return answer.logits[:, -1].numpy(), cache

    def step(self, tokens, state, rows):
        return self.call(np.array(tokens)[:, None], state)

    def rewind(self, state, length):
        state.crop(length)
        return state

    def generate(self, ids, new, **options):
        given = self.library.tensor([list(ids)])
        made = self.model.generate(
            given, attention_mask=self.library.ones_like(given), max_new_tokens=new,
            do_sample=False, pad_token_id=0, **options)
        return made[0, len(ids):].tolist()

    def greedy(self, ids, new):
        return self.generate(ids, new)

    def beams(self, ids, new):
        return self.generate(ids, new, num_beams=BEAMS)


class TorchCompiled(Torch):
    """The forward through torch.compile, for each length anew; whole generations
    would be compiled for every token."""

    def ready(self, model):
        model.forward = self.library.compile(model.forward, dynamic=False)
        return model

    def generate(self, ids, new, **options):
        raise NotImplementedError("would compile for every token")


PEERS = {"tenon": Tenon, "onnxruntime": OnnxRuntime,
         "onnxruntime-fused": OnnxRuntimeFused, "openvino": OpenVino,
         "ctranslate2": CTranslate2, "llama.cpp": LlamaCpp, "torch": Torch,
         "torch-compiled": TorchCompiled}
