"""Makes a call smaller while something about it stays true."""


def smaller_strings(value):
    size = len(value)
    step = max(size // 2, 1)
    while step and size:
        for at in range(0, size, step):
            yield value[:at] + value[at + step :]
        step //= 2


def smaller(value):
    """Values a little simpler than this one, the simplest first."""
    if isinstance(value, str):
        yield from smaller_strings(value)
    elif isinstance(value, list):
        for i in range(len(value)):
            yield value[:i] + value[i + 1 :]
        for i, element in enumerate(value):
            for other in smaller(element):
                yield value[:i] + [other] + value[i + 1 :]
    elif isinstance(value, dict):
        for key, element in value.items():
            for other in smaller(element):
                yield {**value, key: other}


def shrink(call, holds, budget=250):
    """The smallest call found for which `holds(call)`, with so many tries at most."""
    tries = 0

    def attempt(candidate):
        nonlocal tries
        tries += 1
        return tries <= budget and holds(candidate)

    changed = True
    while changed and tries < budget:
        changed = False
        for name in list(call["options"]):
            options = {k: v for k, v in call["options"].items() if k != name}
            if attempt({**call, "options": options}):
                call, changed = {**call, "options": options}, True
        for field in ("inputs", "options"):
            for other in smaller(call[field]):
                if attempt({**call, field: other}):
                    call, changed = {**call, field: other}, True
                    break
    return call
