"""What models that generate text are asked for: bench/run gpt2.

A prompt, a token more, and whole generations. A prompt's share is of the
arithmetic peak, a token's of the bandwidth of reading.
"""

import models

BEAMS = 4
NEW = 33  # tokens of a whole generation

CASES = {
    "prefill-128": {"kind": "prefill", "ids": models.prompt(128), "new": 1},
    "prefill-1000": {"kind": "prefill", "ids": models.prompt(1000), "new": 1},
    "step": {"kind": "step", "ids": models.prompt(128), "new": 1},
    "greedy": {"kind": "greedy", "ids": models.prompt(128), "new": NEW},
    "beams": {"kind": "beams", "ids": models.prompt(128), "new": NEW},
}


def beam_steps(results):
    """Lines on what a step of beams costs beside a single one: what a generation
    takes longer than its prompt, for each further token."""
    found = {(row["case"], peer["peer"]): peer["min_ms"]
             for row in results for peer in row["peers"] if "error" not in peer}
    for (case, peer), whole in found.items():
        parts = [found.get((name, peer)) for name in ("prefill-128", "greedy")]
        if case != "beams" or None in parts:
            continue
        prompt, greedy = parts
        single, beams = ((t - prompt) / (NEW - 1) for t in (greedy, whole))
        yield (f"  {peer:<18} a step takes {single:6.2f} ms, of {BEAMS} beams "
               f"{beams:6.2f} ms: {beams / single:.2f}x")
