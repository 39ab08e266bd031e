"""What tasks cost beside the forward: bench/run --heads.

A request goes through tenon_session_run_task (JSON, tokenizer, head, JSON), and
its tokens through tenon_session_run, in turns; what the first takes longer is
the head's. The model is of MiniLM's size with random weights, the text of 128
tokens.
"""

import ctypes
import json
import random
import statistics
import subprocess
import sys
import time

import models
import peers
import tenon_files

TOKENS = 128
ROUNDS = 60


class Task(peers.Tenon):
    """A model with requests beside tensors."""

    def __init__(self, model, threads):
        super().__init__(model, threads)
        self.library.tenon_session_run_task.restype = ctypes.c_void_p
        self.library.tenon_response_json.restype = ctypes.c_char_p

    def ask(self, request):
        response = ctypes.c_void_p()
        self.check(self.library.tenon_session_run_task(
            self.session, request, ctypes.c_size_t(len(request)), None, ctypes.c_size_t(0),
            None, None, ctypes.byref(response)))
        answer = self.library.tenon_response_json(response)
        self.library.tenon_response_free(response)
        return answer


def words(count):
    """A text of that many tokens: words of the vocabulary."""
    generator = random.Random(count)
    vocabulary = models.vocabulary()[models.FIRST_WORD:]
    return " ".join(generator.choice(vocabulary) for _ in range(count))


def requests():
    """(task, model, inputs, parameters), each of TOKENS tokens for one forward."""
    text = words(TOKENS - 2)
    pair = {"text": words(60), "text_pair": words(TOKENS - 63)}
    question = {"question": words(8), "context": words(TOKENS - 11)}
    yield "text-classification", "minilm-seqcls", text, {}
    yield "zero-shot-classification", "minilm-seqcls", words(TOKENS - 4), {
        "candidate_labels": [words(1)], "hypothesis_template": "{}"}
    yield "token-classification", "minilm-token", text, {"aggregation_strategy": "average"}
    yield "question-answering", "minilm-qa", question, {"top_k": 3}
    yield "fill-mask", "minilm-mlm", words(TOKENS - 3) + " [MASK]", {}
    yield "next-sentence-prediction", "minilm-nsp", pair, {}


def texts(inputs, parameters):
    """The one or two texts that the model sees."""
    if isinstance(inputs, str):
        labels = parameters.get("candidate_labels")
        return [inputs, *labels] if labels else [inputs]
    return list(inputs.values())


def tokens(model, both):
    pair = ["--pair", both[1]] if len(both) == 2 else []
    done = subprocess.run([tenon_files.TENON, "tokenize", tenon_files.artifact(model), "--json",
                           *pair, "--", both[0]], check=True, stdout=subprocess.PIPE)
    import numpy as np

    found = json.loads(done.stdout)
    return {name: np.array([found[name]], np.int64)
            for name in ("input_ids", "attention_mask", "token_type_ids")}


def seconds(call):
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def heads(threads):
    limit = None
    print(f"{'task':<26} {'request':>9} {'forward':>9} {'beside it':>10}"
          "   of a forward of text-classification")
    for task, name, inputs, parameters in requests():
        model = models.MODELS[name]
        model.make()
        peer = Task(model, threads)
        feeds = tokens(model, texts(inputs, parameters))
        assert feeds["input_ids"].shape == (1, TOKENS), feeds["input_ids"].shape
        request = json.dumps(
            {"task": task, "inputs": inputs, "parameters": parameters}).encode()
        peer.prepare(feeds)
        peer.ask(request)
        peer.run()
        asked, ran = [], []
        for _ in range(ROUNDS):
            asked.append(seconds(lambda: peer.ask(request)))
            ran.append(seconds(peer.run))
        whole, forward = statistics.median(asked), statistics.median(ran)
        beside = statistics.median(a - b for a, b in zip(asked, ran))
        limit = limit or forward
        print(f"{task:<26} {whole * 1e3:6.2f} ms {forward * 1e3:6.2f} ms {beside * 1e6:7.0f} µs"
              f"   {beside / limit:.1%}")
        sys.stdout.flush()
