"""The ops of fuzz_programs.py: each function adds one op to a program, or nothing
if no value fits. OPS lists them with their weights.

Sizes are bounded so that nothing overflows. What decides by comparing takes
operands that both sides compute to the same bits (`exact`), since a tie that one
side breaks otherwise is no error.
"""

import math

from fuzz_text import dim, dims_text, floordiv

FLOAT, INTS = "f32", ["i64", "i32", "i8"]


def is_float(v):
    return v.element == FLOAT


def unary(p):
    x = p.pick(is_float)
    smooth = {"tanh": 1, "sigmoid": 1, "erf": 1, "sin": 1, "cos": 1}
    growing = ["neg", "abs", "relu", "gelu", "gelu_tanh", "silu", "hardswish", "softplus"]
    kind = p.rng.choice(list(smooth) + growing + ["exp"] + ["floor", "ceil", "round"] * x.exact)
    # exp grows, and the sine of a large number is all error.
    if kind == "exp" and x.size > 4 or kind in ("sin", "cos") and x.size > 20 and not x.exact:
        kind = "tanh"
    size = smooth.get(kind, 55 if kind == "exp" else x.size + 1)
    exact = x.exact and kind in ("neg", "abs", "relu", "floor", "ceil", "round")
    p.add(f"unary {kind} {{}}", [x], x.dims, FLOAT, size, exact)


def positive(p):
    """sqrt, rsqrt and log of |x| + 1, a division by it."""
    x = p.pick(is_float)
    a = p.add("unary abs {}", [x], x.dims, FLOAT, x.size, x.exact)
    one = p.add("fill {{value = 1.0 : f32, shape = #tenon.dims<[]>}}", [], [], FLOAT, 1, True)
    y = p.add("binary add {}, {}", [a, one], x.dims, FLOAT, x.size + 1, x.exact)
    if p.rng.random() < 0.5:
        p.add("unary " + p.rng.choice(["sqrt", "rsqrt", "log"]) + " {}", [y], x.dims, FLOAT, x.size + 1)
    else:
        z = p.like(x.dims)
        p.add("binary div {}, {}", [z, y], x.dims, FLOAT, z.size, z.exact and y.exact)


def broadcast_shape(p, dims):
    """A shape that broadcasts to `dims`."""
    kind = p.rng.random()
    if kind < 0.5:
        return dims
    dims = [dim(1) if p.rng.random() < 0.4 else d for d in dims]
    return dims[p.rng.randint(0, len(dims)):] if p.rng.random() < 0.4 else dims


def binary(p):
    x = p.pick(lambda v: v.element != "i1" and v.element not in ("f16", "bf16"))
    y = p.like(broadcast_shape(p, x.dims), x.element)
    if not y:
        return
    # A difference of two computed values may be all error.
    kinds = ["add", "mul", "min", "max"] + ["sub"] * (x.exact and y.exact)
    if kind_is_int := x.element in INTS:
        kinds += ["floordiv", "mod"]
    kind = p.rng.choice(kinds)
    if kind == "mul" and x.size * y.size > 1000:
        kind = "max"
    size = x.size * y.size if kind == "mul" else x.size + y.size
    operands = [x, y] if p.rng.random() < 0.5 or kind in ("floordiv", "mod") else [y, x]
    p.add(f"binary {kind} {{}}, {{}}", operands, x.dims, x.element, size,
          x.exact and y.exact or kind_is_int)


def compare_select(p):
    x = p.pick(lambda v: v.exact and v.element in (FLOAT, "i64", "i32"))
    if not x:
        return
    y = p.like(broadcast_shape(p, x.dims), x.element)
    if not y or not y.exact:
        return
    kind = p.rng.choice(["eq", "ne", "lt", "le", "gt", "ge"])
    c = p.add(f"compare {kind} {{}}, {{}}", [x, y], x.dims, "i1", 1, True)
    if p.rng.random() < 0.8:
        a, b = p.like(x.dims), p.like(broadcast_shape(p, x.dims))
        if a and b:
            p.add("select {}, {}, {}", [c, a, b], x.dims, FLOAT, max(a.size, b.size), a.exact and b.exact)


def cast(p):
    x = p.pick(lambda v: v.exact or is_float(v))
    types = ["f32", "f16", "bf16"]
    if x.exact:
        types += ["i64", "i32", "i8", "i1"]
    to = p.rng.choice(types)
    exact = x.exact
    if to in ("f16", "bf16") and not exact:
        return
    if x.size > 100 and to == "i8":
        return
    y = p.add(f"cast {{}} {{{{type = {to}}}}}", [x], x.dims, to, x.size, exact)
    if to in ("f16", "bf16"):
        p.add("cast {} {{type = f32}}", [y], x.dims, FLOAT, x.size, exact)


def source(p):
    shape = [p.any_dim() for _ in range(p.rng.randint(1, 3))]
    kind = p.rng.random()
    if kind < 0.4:
        axis = p.rng.randrange(len(shape))
        element = p.rng.choice(["f32", "i64", "i32"])
        p.add(f"iota {{{{shape = {dims_text(shape)}, axis = {axis} : i64, type = {element}}}}}",
              [], shape, element, 80, True)
    elif kind < 0.7:
        p.add(f"fill {{{{value = 0.75 : f32, shape = {dims_text(shape)}}}}}", [], shape, FLOAT, 1, True)
    else:
        p.add(f"dim_value {{{{dim = #tenon.dim<{shape[0]}>, type = f32}}}}", [], [], FLOAT, 80, True)


def move(p, text, x, dims):
    return p.add(text, [x], dims, x.element, x.size, x.exact)


def reshape(p):
    x = p.pick(lambda v: v.dims)
    dims, kind = list(x.dims), p.rng.random()
    if kind < 0.4 and len(dims) > 1:
        i = p.rng.randrange(len(dims) - 1)
        dims[i:i + 2] = [dims[i] * dims[i + 1]]
    elif kind < 0.75:
        i = p.rng.randrange(len(dims))
        factors = [f for f in (2, 3, 4, 8, 13)
                   if all(c % f == 0 for c in dims[i].terms.values()) and dims[i].terms]
        if not factors:
            return
        f = p.rng.choice(factors)
        rest = type(dims[i])({k: c // f for k, c in dims[i].terms.items()})
        dims[i:i + 1] = [rest, dim(f)] if p.rng.random() < 0.5 else [dim(f), rest]
    elif kind < 0.9:
        dims.insert(p.rng.randint(0, len(dims)), dim(1))
    else:
        ones = [d for d in dims if d != 1]
        dims = ones if p.rng.random() < 0.5 else [dim(1)] + ones
    if len(dims) <= 5:
        move(p, f"reshape {{}} {{{{shape = {dims_text(dims)}}}}}", x, dims)


def transpose(p):
    x = p.pick(lambda v: len(v.dims) > 1)
    if not x:
        return
    order = list(range(len(x.dims)))
    p.rng.shuffle(order)
    move(p, f"transpose {{}} {{{{permutation = array<i64: {', '.join(map(str, order))}>}}}}",
         x, [x.dims[i] for i in order])


def expand(p):
    x = p.pick(lambda v: len(v.dims) < 4)
    dims = [p.any_dim() if d == 1 and p.rng.random() < 0.6 else d for d in x.dims]
    if p.rng.random() < 0.5:
        dims = [p.any_dim()] + dims
    move(p, f"expand {{}} {{{{shape = {dims_text(dims)}}}}}", x, dims)


def slice_(p):
    x = p.pick(lambda v: v.dims)
    axis = p.rng.randrange(len(x.dims))
    size, low, step = x.dims[axis], p.low(x.dims[axis]), 1
    begin = dim(p.rng.randint(0, max(low - 1, 0)))
    if size.constant() is not None and p.rng.random() < 0.3:
        step = p.rng.choice([2, 3, 4])
        count = dim(p.rng.randint(1, (low - 1 - begin.constant()) // step + 1))
    elif p.rng.random() < 0.4:
        count = dim(p.rng.randint(1, low - begin.constant()))
    else:
        count = size - begin
    dims = x.dims[:axis] + [count] + x.dims[axis + 1:]
    move(p, f"slice {{}} {{{{axis = {axis} : i64, begin = #tenon.dim<{begin}>, "
            f"size = #tenon.dim<{count}>, step = {step} : i64}}}}", x, dims)


def concat(p):
    x = p.pick(lambda v: v.dims)
    axis = p.rng.randrange(len(x.dims))
    parts = [x]
    for _ in range(p.rng.randint(1, 2)):
        shape = list(x.dims)
        if p.rng.random() < 0.6:
            shape[axis] = p.any_dim()
        parts.append(p.like(shape, x.element, 1e4))
    if None in parts:
        return
    p.rng.shuffle(parts)
    dims = list(x.dims)
    dims[axis] = sum((v.dims[axis] for v in parts), dim(0))
    p.add("concat " + ", ".join(["{}"] * len(parts)) + f" {{{{axis = {axis} : i64}}}}", parts, dims,
          x.element, max(v.size for v in parts), all(v.exact for v in parts))


def pad(p):
    x = p.pick(lambda v: v.dims and v.element != "i1")
    axis = p.rng.randrange(len(x.dims))
    low, high = dim(p.rng.choice([0, 0, 1, 3])), dim(p.rng.choice([0, 1, 4, 16]))
    dims = list(x.dims)
    dims[axis] = dims[axis] + low + high
    move(p, f"pad {{}} {{{{axis = {axis} : i64, low = #tenon.dim<{low}>, "
            f"high = #tenon.dim<{high}>, value = -1.0 : f64}}}}", x, dims)


def windows(p):
    """Padding to a multiple, and a split into windows."""
    x = p.pick(lambda v: v.dims and v.element != "i1")
    axis, width = p.rng.randrange(len(x.dims)), p.rng.choice([2, 4, 7])
    size = x.dims[axis]
    count = floordiv(size + dim(width - 1), width)
    dims = list(x.dims)
    dims[axis] = count * dim(width)
    y = move(p, f"pad {{}} {{{{axis = {axis} : i64, low = #tenon.dim<0>, "
                f"high = #tenon.dim<{dims[axis] - size}>, value = 0.0 : f64}}}}", x, dims)
    if y and len(dims) < 5:
        dims[axis:axis + 1] = [count, dim(width)]
        move(p, f"reshape {{}} {{{{shape = {dims_text(dims)}}}}}", y, dims)


def roll(p):
    x = p.pick(lambda v: v.dims)
    axis = p.rng.randrange(len(x.dims))
    shift = p.rng.choice([dim(1), dim(-3), dim(7), x.dims[axis] - dim(1), p.any_dim()])
    move(p, f"roll {{}} {{{{axis = {axis} : i64, shift = #tenon.dim<{shift}>}}}}", x, x.dims)


def pack(p):
    x = p.pick(lambda v: len(v.dims) == 2 and v.dims[1].constant() is not None)
    if not x:
        return
    n, width = x.dims[1].constant(), p.rng.choice([4, 8, 32])
    y = move(p, f"pack {{}} {{{{width = {width} : i64}}}}", x, [dim(-(-n // width)), x.dims[0], dim(width)])
    if y:
        move(p, f"unpack {{}} {{{{columns = {n} : i64}}}}", y, x.dims)


def gather(p):
    x = p.pick(lambda v: v.dims)
    axis = p.rng.randrange(len(x.dims))
    size = x.dims[axis].constant()
    shape = [p.any_dim() for _ in range(p.rng.choice([0, 1, 1, 2]))]
    # Only indices into an axis of unknown size may lie outside it.
    low, high = (0, size - 1) if size is not None else (-3, 90)
    indices = p.random(p.rng.choice(["i64", "i32"]), shape, low, high)
    if indices:
        move_dims = x.dims[:axis] + indices.dims + x.dims[axis + 1:]
        p.add(f"gather {{}}, {{}} {{{{axis = {axis} : i64}}}}", [x, indices], move_dims,
              x.element, x.size, x.exact)


def grid_sample(p):
    x = p.pick(lambda v: len(v.dims) == 4 and is_float(v))
    if not x:
        return
    h, w = p.any_dim(), p.any_dim()
    grid = p.like([x.dims[0], h, w, 2], FLOAT, 2)
    if grid:
        corners = p.rng.choice(["true", "false"])
        p.add(f"grid_sample {{}}, {{}} {{{{align_corners = {corners}}}}}", [x, grid],
              [x.dims[0], x.dims[1], h, w], FLOAT, x.size)


def resize(p):
    x = p.pick(lambda v: len(v.dims) > 1 and is_float(v))
    if not x:
        return
    kind = p.rng.choice(["nearest", "bilinear", "bicubic"])
    corners = "true" if kind != "nearest" and p.rng.random() < 0.4 else "false"
    h, w = p.any_dim(), p.any_dim()
    p.add(f"resize {{}} {{{{kind = #tenon<resize_kind {kind}>, height = #tenon.dim<{h}>, "
          f"width = #tenon.dim<{w}>, align_corners = {corners}}}}}", [x], x.dims[:-2] + [h, w], FLOAT,
          x.size * 2)


def reduce(p):
    x = p.pick(lambda v: v.dims and v.element not in ("f16", "bf16"))
    kinds = {"i1": ["any", "all"], FLOAT: ["sum", "mean", "max", "min"]}.get(x.element, ["sum", "max", "min"])
    rank = len(x.dims)
    axes = sorted(p.rng.sample(range(rank), p.rng.choice([1, 1, min(2, rank), rank])))
    if len(axes) == rank and is_float(x):
        # One sum may cancel, and be nothing but error.
        kinds = ["max", "min"]
    kind = p.rng.choice(kinds)
    keep = p.rng.random() < 0.6
    dims = [dim(1) if i in axes else d for i, d in enumerate(x.dims) if keep or i not in axes]
    size = x.size * p.elements([x.dims[a] for a in axes]) if kind == "sum" else x.size
    exact = x.exact and (kind in ("max", "min", "any", "all") or x.element in INTS)
    p.add(f"reduce {kind} {{}} {{{{axes = array<i64: {', '.join(map(str, axes))}>, "
          f"keep_axes = {str(keep).lower()}}}}}", [x], dims, x.element, size, exact)


def scan(p):
    x = p.pick(lambda v: v.dims and v.exact and v.element in (FLOAT, "i64", "i32"))
    if not x:
        return
    axis = p.rng.randrange(len(x.dims))
    if p.rng.random() < 0.5:
        dims = x.dims[:axis] + x.dims[axis + 1:]
        p.add(f"argmax {{}} {{{{axis = {axis} : i64}}}}", [x], dims, "i64", 80, True)
    else:
        p.add(f"cumsum {{}} {{{{axis = {axis} : i64}}}}", [x], x.dims, x.element, x.size * 80)


def softmax(p):
    x = p.pick(lambda v: v.dims and is_float(v))
    axis = p.rng.choice([len(x.dims) - 1, p.rng.randrange(len(x.dims))])
    p.add(f"softmax {{}} {{{{axis = {axis} : i64}}}}", [x], x.dims, FLOAT, 1)


def norm(p):
    x = p.pick(lambda v: v.dims and is_float(v))
    # A smaller one would amplify the errors of a row of nearly equal elements.
    eps = "eps = 0.25 : f64"
    kind = p.rng.choice(["layer_norm", "rms_norm", "group_norm"])
    if kind == "group_norm":
        if len(x.dims) < 2 or x.dims[1].constant() is None:
            return
        c = x.dims[1].constant()
        groups = p.rng.choice([g for g in (1, 2, 3, 4, c) if c % g == 0])
        a, b = p.like([c]), p.like([c])
        p.add(f"group_norm {{}}, {{}}, {{}} {{{{groups = {groups} : i64, {eps}}}}}", [x, a, b], x.dims, FLOAT, 40)
        return
    row = x.dims[-1:]
    a, b = p.like(row), p.like(row)
    if kind == "layer_norm":
        p.add(f"layer_norm {{}}, {{}}, {{}} {{{{{eps}}}}}", [x, a, b], x.dims, FLOAT, 40)
    else:
        p.add(f"rms_norm {{}}, {{}} {{{{{eps}}}}}", [x, a], x.dims, FLOAT, 40)


def matmul(p):
    x = p.pick(lambda v: len(v.dims) > 1 and is_float(v) and v.size < 1000)
    if not x:
        return
    k, n = x.dims[-1], p.any_dim()
    transposed = p.rng.random() < 0.4
    lead = broadcast_shape(p, x.dims[:-2]) if p.rng.random() < 0.5 else []
    right = p.like(lead + ([n, k] if transposed else [k, n]))
    if right:
        p.add(f"matmul {{}}, {{}} {{{{transpose_rhs = {str(transposed).lower()}}}}}", [x, right],
              x.dims[:-1] + [n], FLOAT, x.size * right.size * p.high(k))


def quantize(p):
    """Codes and scales along an axis, and the numbers that they stand for; codes of
    the last axis times codes."""
    x = p.pick(lambda v: v.dims and v.exact and is_float(v) and v.size < 1000)
    if not x:
        return
    axis = p.rng.choice([len(x.dims) - 1, p.rng.randrange(len(x.dims))])
    group, bits = p.rng.choice([0, 0, 3, 8, 32]), p.rng.choice([8, 8, 4])
    groups = dim(1) if group == 0 else floordiv(x.dims[axis] + dim(group - 1), group)
    shape = x.dims[:axis] + [groups] + x.dims[axis + 1:]
    how = f"axis = {axis} : i64, group = {group} : i64"
    scales = p.add(f"quantize_scales {{}} {{{{{how}, bits = {bits} : i64}}}}", [x], shape, FLOAT, x.size, True)
    codes = scales and p.add(f"quantize {{}}, {{}} {{{{{how}, bits = {bits} : i64}}}}", [x, scales], x.dims,
                             "i8", 127, True)
    if not codes:
        return
    size = x.dims[axis].constant()
    if bits == 4 and size is not None and p.rng.random() < 0.6:
        pairs = x.dims[:axis] + [dim((size + 1) // 2)] + x.dims[axis + 1:]
        codes = p.add(f"pack_nibbles {{}} {{{{axis = {axis} : i64}}}}", [codes], pairs, "i8", 127, True)
        how += f", depth = {size} : i64"
    elif len(x.dims) > 1 and p.rng.random() < 0.6:
        n, k = p.any_dim(), x.dims[-1]
        if p.rng.random() < 0.6 and n.constant() and k.constant() and n.constant() * k.constant() < 4000:
            w, how = p.weights([n.constant(), k.constant()]), "axis = 1 : i64, group = 0 : i64, bits = 8 : i64"
            steps = p.add(f"quantize_scales {{}} {{{{{how}}}}}", [w], [n, dim(1)], FLOAT, 1, True)
            right = steps and p.add(f"quantize {{}}, {{}} {{{{{how}}}}}", [w, steps], [n, k], "i8", 127, True)
        else:
            right = p.random("i8", [n, k], -127, 127)
        if right:
            p.add("matmul {}, {} {{transpose_rhs = true}}", [codes, right], x.dims[:-1] + [n], "i32", 1e6, True)
        return
    if codes:
        p.add(f"dequantize {{}}, {{}} {{{{{how}}}}}", [codes, scales], x.dims, FLOAT, x.size, True)


def conv(p):
    x = p.pick(lambda v: len(v.dims) in (3, 4) and is_float(v) and v.dims[1].constant() is not None
               and v.size < 1000)
    if not x:
        return
    axes, channels = len(x.dims) - 2, x.dims[1].constant()
    groups = p.rng.choice([g for g in (1, 1, 2, 3, channels) if channels % g == 0])
    outputs = groups * p.rng.choice([1, 2, 5, 9])
    taps, dilations, strides, lows, highs, places = [], [], [], [], [], []
    for size in x.dims[2:]:
        tap, dilation, stride = p.rng.choice([1, 2, 3]), p.rng.choice([1, 1, 2]), p.rng.choice([1, 1, 2, 3])
        span = (tap - 1) * dilation + 1
        low = p.rng.choice([0, 1, 2])
        high = max(p.rng.choice([0, 1, 2]), span - low - p.low(size))
        taps.append(tap), dilations.append(dilation), strides.append(stride), lows.append(low), highs.append(high)
        places.append(floordiv(size + dim(low + high - span), stride) + dim(1))
    # Constants are what models have, and what compiles to more than plain loops.
    shape = [outputs, channels // groups] + taps
    if p.rng.random() < 0.6 and math.prod(shape) < 4000:
        weight = p.weights(shape)
    else:
        weight = p.like(shape)
    if not weight:
        return
    p.add(f"conv {{}}, {{}} {{{{strides = {array(strides)}, padding_low = {array(lows)}, padding_high = "
          f"{array(highs)}, dilations = {array(dilations)}, groups = {groups} : i64}}}}", [x, weight],
          [x.dims[0], outputs] + places, FLOAT, x.size * weight.size * channels * 9)


def array(values):
    return f"array<i64: {', '.join(map(str, values))}>"


def pool(p):
    """Moving windows over some axes, mostly reduced at once."""
    x = p.pick(lambda v: len(v.dims) > 1 and is_float(v) and v.size < 10000)
    if not x:
        return
    rank = len(x.dims)
    axes = sorted(p.rng.sample(range(rank), min(rank, p.rng.choice([1, 1, 2]))))
    sizes, strides, lows, highs, dilations, dims = [], [], [], [], [], list(x.dims)
    for axis in axes:
        size, dilation, stride = p.rng.choice([1, 2, 3, 4]), p.rng.choice([1, 1, 2]), p.rng.choice([1, 1, 2, 3])
        span, low = (size - 1) * dilation + 1, p.rng.choice([0, 0, 1, 2])
        high = max(p.rng.choice([0, 1, 2]), span - low - p.low(dims[axis]))
        sizes.append(size), strides.append(stride), lows.append(low), highs.append(high), dilations.append(dilation)
        dims[axis] = floordiv(dims[axis] + dim(low + high - span), stride) + dim(1)
    y = move(p, f"windows {{}} {{{{axes = {array(axes)}, sizes = {array(sizes)}, strides = {array(strides)}, "
                f"padding_low = {array(lows)}, padding_high = {array(highs)}, dilations = {array(dilations)}, "
                f"value = -1.0 : f64}}}}", x, dims + [dim(size) for size in sizes])
    if y and p.rng.random() < 0.8:
        kind = p.rng.choice(["max", "min", "sum", "mean"])
        p.add(f"reduce {kind} {{}} {{{{axes = {array(range(rank, rank + len(axes)))}, keep_axes = false}}}}", [y],
              dims, x.element, max(y.size, 1) * (math.prod(sizes) if kind == "sum" else 1),
              x.exact and kind in ("max", "min"))


def over_channels(p):
    """Something along axis 1, with it last and then back, as models do it."""
    x = p.pick(lambda v: len(v.dims) in (3, 4) and is_float(v) and v.dims[1].constant() is not None
               and v.size < 1000)
    if not x:
        return
    rank, c = len(x.dims), x.dims[1].constant()
    there, back = [0] + list(range(2, rank)) + [1], [0, rank - 1] + list(range(1, rank - 1))
    y = move(p, f"transpose {{}} {{{{permutation = {array(there)}}}}}", x, [x.dims[i] for i in there])
    if not y:
        return
    if p.rng.random() < 0.5:
        y = p.add("layer_norm {}, {}, {} {{eps = 0.01 : f64}}", [y, p.weights([c]), p.weights([c])], y.dims,
                  FLOAT, 10)
    else:
        y = p.add("matmul {}, {}", [y, p.weights([c, c])], y.dims, FLOAT, y.size * c)
    if y:
        move(p, f"transpose {{}} {{{{permutation = {array(back)}}}}}", y, x.dims)


def bias(p):
    x = p.pick(lambda v: len(v.dims) in (3, 4) and is_float(v) and v.dims[1].constant() is not None)
    if x:
        b = p.weights([x.dims[1].constant()] + [1] * (len(x.dims) - 2))
        p.add("binary add {}, {}", [x, b], x.dims, FLOAT, x.size + 1)


SCORES = [
    ("", "%s"),
    ("%c = tenon.compare le %j, %i : (index, index) -> i1\n      %m = arith.constant -3.40282347E+38 : f32\n"
     "      %r = tenon.select %c, %s, %m : (i1, f32, f32) -> f32\n      ", "%r"),
    ("%d = tenon.binary sub %j, %i : (index, index) -> index\n      %f = tenon.cast %d {type = f32} : (index) -> f32\n"
     "      %q = arith.constant 0.1 : f32\n      %g = tenon.binary mul %f, %q : (f32, f32) -> f32\n"
     "      %r = tenon.binary add %s, %g : (f32, f32) -> f32\n      ", "%r"),
    ("%t = tenon.extract %x[%b, %j] : (X, index, index) -> f32\n"
     "      %r = tenon.binary add %s, %t : (f32, f32) -> f32\n      ", "%r"),
]


def attention(p):
    q = p.pick(lambda v: len(v.dims) == 4 and is_float(v) and v.dims[3].constant() is not None and v.size < 50)
    if not q:
        return
    keys, features = p.any_dim(), dim(p.rng.choice(p.SIZES))
    k, v = p.like(q.dims[:2] + [keys, q.dims[3]]), p.like(q.dims[:2] + [keys, features])
    if not k or not v:
        return
    body, result = p.rng.choice(SCORES)
    operands, arguments = [q, k, v], "%s: f32, %b: index, %h: index, %i: index, %j: index"
    if "%x" in body:
        x = p.like([q.dims[0], keys])
        operands.append(x)
        arguments += f", %x: {x.type}"
        body = body.replace("X", x.type)
    # Codes of numbers that differ in their last bit may differ by one, and so may bf16.
    factors = p.rng.choice(["codes", "codes", "bf16", "bf16", ""]) if q.exact and k.exact and v.exact else ""
    p.attention(operands, arguments, body, result, q.dims[:3] + [features], v.size, factors)


# Maps [B, C, ..] as image models treat them.
MAPS = [(conv, 10), (pool, 3), (over_channels, 4), (bias, 4), (unary, 3), (binary, 4), (slice_, 1), (concat, 1),
        (reshape, 2), (reduce, 1)]
# Heads [B, H, S, D] as attention reads them.
HEADS = [(attention, 10), (transpose, 3), (reshape, 2), (slice_, 3), (concat, 2), (expand, 2), (unary, 3), (binary, 2),
         (roll, 1)]
OPS = [(unary, 10), (positive, 3), (binary, 14), (compare_select, 4), (cast, 4), (source, 2), (reshape, 8),
       (transpose, 6), (expand, 3), (slice_, 6), (concat, 5), (pad, 3), (windows, 2), (pool, 3), (roll, 2), (pack, 1),
       (gather, 4), (grid_sample, 2), (resize, 2), (reduce, 8), (scan, 3), (softmax, 4), (norm, 6),
       (matmul, 8), (quantize, 4), (conv, 4), (attention, 4)]
