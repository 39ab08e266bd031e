"""A language model that is a formula: scores of the next token from the last two, by hashing.

test/generation/TableModel.h has the same formula, so that whole searches can be compared with
no weights in between. The scores are exact in fp32.
"""

import numpy as np
import torch
from transformers import GenerationConfig, GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput, CausalLMOutput, Seq2SeqLMOutput

MASK = np.uint64(0xFFFFFFFF)


def mix(h):
    """Every bit of 32 depends on every bit."""
    h = np.asarray(h, dtype=np.uint64) & MASK
    h ^= h >> np.uint64(16)
    h = (h * np.uint64(0x7FEB352D)) & MASK
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(0x846CA68B)) & MASK
    return h ^ (h >> np.uint64(16))


def chain(h, part):
    return mix(np.asarray(h, dtype=np.uint64) ^ (np.asarray(part, dtype=np.uint64) + np.uint64(0x9E3779B9)))


def scores(vocabulary, seed, scale, context, source=()):
    """Scores of the token after `context`: in [-4, 4) * scale, in steps of 2^-21 * scale."""
    h = mix(seed)
    for token in source:
        h = chain(h, token + 1)
    for token in [-1, -1, *context][-2:]:
        h = chain(h, token + 1)
    h = chain(h, np.arange(vocabulary))
    unit = (h >> np.uint64(8)).astype(np.float32) * np.float32(2**-24)
    return (unit * np.float32(8) - np.float32(4)) * np.float32(scale)


class TableConfig(PretrainedConfig):
    model_type = "table"

    def __init__(self, vocab_size=16, seed=0, scale=1.0, **kwargs):
        self.vocab_size, self.seed, self.scale = vocab_size, seed, scale
        super().__init__(**kwargs)


class Encoder(torch.nn.Module):
    """Hands the source through."""

    main_input_name = "input_ids"

    def forward(self, input_ids, attention_mask=None, return_dict=True, **kwargs):
        return BaseModelOutput(last_hidden_state=input_ids[..., None].float())


class TableModel(PreTrainedModel, GenerationMixin):
    config_class = TableConfig
    main_input_name = "input_ids"

    def __init__(self, config):
        super().__init__(config)
        self.place = torch.nn.Parameter(torch.zeros(1))  # Says which device this is on.
        self.encoder = Encoder()
        self.noise = 0.0
        start = 1 if config.is_encoder_decoder else None
        self.generation_config = GenerationConfig(use_cache=False, decoder_start_token_id=start)

    def get_encoder(self):
        return self.encoder

    def prepare_inputs_for_generation(self, input_ids, encoder_outputs=None, **kwargs):
        if self.config.is_encoder_decoder:
            return dict(decoder_input_ids=input_ids, encoder_outputs=encoder_outputs)
        return dict(input_ids=input_ids)

    def forward(
        self, input_ids=None, attention_mask=None, decoder_input_ids=None, encoder_outputs=None,
        return_dict=True, **kwargs,
    ):  # fmt: skip
        rows = input_ids if decoder_input_ids is None else decoder_input_ids
        config, made = self.config, []
        for r, row in enumerate(rows.tolist()):
            source = []
            if encoder_outputs is not None:
                source = encoder_outputs.last_hidden_state[r, :, 0].long().tolist()
            row_scores = torch.from_numpy(
                scores(config.vocab_size, config.seed, config.scale, row, source)
            )
            if self.noise:
                row_scores = row_scores + self.noise * torch.randn(config.vocab_size)
            made.append(row_scores)
        logits = torch.stack(made)[:, None]
        if self.config.is_encoder_decoder:
            return Seq2SeqLMOutput(logits=logits)
        return CausalLMOutput(logits=logits)


def make_model(vocabulary=16, seed=0, scale=1.0, encoder=False, **config):
    model = TableModel(
        TableConfig(
            vocab_size=vocabulary, seed=seed, scale=scale, is_encoder_decoder=encoder, **config
        )
    )
    return model.eval()
