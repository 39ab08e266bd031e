"""Diverse beam search, which left transformers for a repository of its own in 4.57.

What it was made of is still there: BeamSearchScorer and HammingDiversityLogitsProcessor. The loop
around them is that of the last version that had it, 4.55.4, for one prompt; its answers on the
cases here are the same.
"""

import torch
from transformers.generation.beam_search import BeamSearchScorer
from transformers.generation.logits_process import (
    HammingDiversityLogitsProcessor,
    LogitsProcessorList,
    SequenceBiasLogitsProcessor,
)


def add_diversity(processors, config):
    """Where 4.55 has it: behind the sequence bias, before all else."""
    at = sum(type(p) is SequenceBiasLogitsProcessor for p in processors)
    diversity = HammingDiversityLogitsProcessor(
        config.diversity_penalty, config.num_beams, config.num_beam_groups
    )
    return LogitsProcessorList([*processors[:at], diversity, *processors[at:]])


def search(model, prompt, config, processors, criteria):
    """Sequences and their scores."""
    beams, groups = config.num_beams, config.num_beam_groups
    size = beams // groups
    eos = config._eos_token_tensor
    options = dict(pad_token_id=config._pad_token_tensor, eos_token_id=eos)
    ways = max(2, 1 + (0 if eos is None else eos.shape[0])) * size
    processors = add_diversity(processors, config)
    scorer = BeamSearchScorer(
        batch_size=1,
        num_beams=beams,
        device="cpu",
        length_penalty=config.length_penalty,
        do_early_stopping=config.early_stopping,
        num_beam_hyps_to_keep=config.num_return_sequences,
        num_beam_groups=groups,
        max_length=config.max_length,
    )
    ids = torch.tensor([prompt] * beams)
    sums = torch.full((beams,), -1e9)
    sums[::size] = 0
    while True:
        logits = model(input_ids=ids).logits[:, -1].float()
        current = torch.zeros(beams, dtype=torch.long)
        before = ids.clone()
        for g in range(groups):
            rows = list(range(g * size, (g + 1) * size))
            group = ids[rows]
            row_scores = torch.log_softmax(logits[rows], dim=-1)
            row_scores = processors(group, row_scores, current_tokens=current, beam_group_idx=g)
            row_scores = (row_scores + sums[rows][:, None]).view(1, -1)
            best, places = torch.topk(row_scores, ways, dim=1)
            vocabulary = logits.shape[-1]
            made = scorer.process(
                group, best, places % vocabulary, places // vocabulary,
                group_index=g, decoder_prompt_len=len(prompt), **options,
            )  # fmt: skip
            sums[rows] = made["next_beam_scores"]
            before[rows] = group[made["next_beam_indices"]]
            current[rows] = made["next_beam_tokens"]
        ids = torch.cat([before, current[:, None]], dim=-1)
        if scorer.is_done or all(criteria(ids, None)):
            break
    final = scorer.finalize(
        ids, sums, None, None, max_length=config.max_length, decoder_prompt_len=len(prompt), **options
    )
    return final["sequences"], final["sequence_scores"]
