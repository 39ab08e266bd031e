"""Programs as lists of ops whose types are known, for fuzz_programs.py."""

import math
import struct


class Dim:
    """A sum of products: {sorted factors: coefficient}. A factor is the text of a
    symbol or of a quotient."""

    def __init__(self, terms):
        self.terms = {factors: c for factors, c in terms.items() if c}

    def __add__(self, other):
        terms = dict(self.terms)
        for factors, c in dim(other).terms.items():
            terms[factors] = terms.get(factors, 0) + c
        return Dim(terms)

    def __mul__(self, other):
        result = Dim({})
        for a, c in self.terms.items():
            for b, d in dim(other).terms.items():
                result = result + Dim({tuple(sorted(a + b)): c * d})
        return result

    def __sub__(self, other):
        return self + dim(other) * -1

    def __eq__(self, other):
        return self.terms == dim(other).terms

    def __hash__(self):
        return hash(frozenset(self.terms.items()))

    def constant(self):
        """Its value, or None."""
        if not self.terms:
            return 0
        return self.terms.get(()) if list(self.terms) == [()] else None

    def __str__(self):
        parts = [" * ".join([str(c)] * (c != 1 or not factors) + list(factors))
                 for factors, c in sorted(self.terms.items())]
        return " + ".join(parts) or "0"


def dim(value):
    return value if isinstance(value, Dim) else Dim({(): value})


def floordiv(value, divisor):
    if divisor == 1:
        return value
    if value.constant() is not None:
        return dim(value.constant() // divisor)
    return Dim({(f"(({value}) floordiv {divisor})",): 1})


def dims_text(dims):
    return "#tenon.dims<[" + ", ".join(map(str, dims)) + "]>"


def type_text(dims, element):
    sizes = [dim(d).constant() for d in dims]
    shape = "".join(("?" if size is None else str(size)) + "x" for size in sizes)
    encoding = ", " + dims_text(dims) if None in sizes else ""
    return f"tensor<{shape}{element}{encoding}>"


class Value:
    """`size` bounds |element|; `exact` says that both sides compute the same bits."""

    def __init__(self, name, dims, element, size, exact, op):
        self.name, self.dims, self.element = name, [dim(d) for d in dims], element
        self.size, self.exact, self.op = size, exact, op

    @property
    def type(self):
        return type_text(self.dims, self.element)

    def constants(self):
        """The axes of constant size."""
        return [i for i, d in enumerate(self.dims) if d.constant() is not None]


class Program:
    SIZES = [1, 1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 17, 24, 31, 32, 33, 40, 64, 65]

    def __init__(self, rng):
        self.rng, self.values, self.lines, self.symbols = rng, [], [], {}
        self.results, self.ops = [], 0

    def symbol(self, name, low, high):
        self.symbols[name] = (low, high)

    def any_dim(self):
        if self.rng.random() < 0.5:
            return Dim({(self.rng.choice(list(self.symbols)),): 1})
        return dim(self.rng.choice(self.SIZES))

    def low(self, size):
        """The least value of a dim that is a constant or a symbol with an offset."""
        low = size.terms.get((), 0)
        for factors, c in size.terms.items():
            if factors and (c < 0 or any(f not in self.symbols for f in factors)):
                return 1
            if factors:
                low += c * math.prod(self.symbols[f][0] for f in factors)
        return low

    def high(self, size):
        """A value that a dim doesn't exceed."""
        result = 0
        for factors, c in size.terms.items():
            result += max(c, 0) * math.prod(self.symbols.get(f, (0, 80))[1] for f in factors)
        return result

    def elements(self, dims):
        return math.prod(max(self.high(dim(d)), 1) for d in dims)

    def add(self, text, operands, dims, element, size=1.0, exact=False, source=False):
        """Adds `%n = text : types`; a `{}` of the text stands for the next operand."""
        if self.elements(dims) > 60000:
            return None
        name = f"%{len(self.lines)}"
        value = Value(name, dims, element, size, exact, len(self.lines))
        line = f"{name} = tenon.{text.format(*(v.name for v in operands))} : "
        if not source:
            line += "(" + ", ".join(v.type for v in operands) + ") -> "
            self.ops += 1
        self.lines.append((line + value.type, operands))
        self.values.append(value)
        return value

    def random(self, element, dims, low=-2.0, high=2.0):
        seed = self.rng.randint(1, 10**6)
        text = (f"random {{{{shape = {dims_text(dims)}, type = {element}, low = {float(low)} : f64, "
                f"high = {float(high)} : f64, seed = {seed} : i64}}}}")
        return self.add(text, [], dims, element, max(abs(low), abs(high)), True, source=True)

    def attention(self, operands, arguments, body, result, dims, size, factors):
        how = (f" of {factors}" if factors else "") + " {{scale = 0.5 : f64}}"
        value = self.add("attention " + ", ".join(["{}"] * len(operands)) + how, operands,
                         dims, "f32", size)
        if value:
            line, _ = self.lines[value.op]
            line += f" {{\n    ^bb0({arguments}):\n      {body}tenon.yield {result} : f32\n  }}"
            self.lines[value.op] = (line, operands)

    def weights(self, shape):
        """A constant of random elements."""
        count = math.prod(shape)
        data = b"".join(struct.pack("<f", self.rng.uniform(-0.3, 0.3)) for _ in range(count))
        body = "x".join(map(str, shape))
        name = f"%{len(self.lines)}"
        value = Value(name, shape, "f32", 0.3, True, len(self.lines))
        self.lines.append((f'{name} = tenon.constant dense<"0x{data.hex()}"> : tensor<{body}xf32>', []))
        self.values.append(value)
        return value

    def pick(self, wanted):
        """A value for which `wanted` holds; late ones more often."""
        fitting = [v for v in self.values if wanted(v)]
        if not fitting:
            return None
        return fitting[-1 - int(len(fitting) * self.rng.random() ** 2)]

    def like(self, dims, element="f32", size=4.0):
        """A value of a shape: one there is, or new data."""
        dims = [dim(d) for d in dims]
        known = self.pick(lambda v: v.dims == dims and v.element == element and v.size <= size)
        if known and self.rng.random() < 0.7:
            return known
        if element == "f32" and len(dims) in (1, 2) and self.rng.random() < 0.3 and all(
                d.constant() is not None for d in dims) and self.elements(dims) < 2000:
            return self.weights([d.constant() for d in dims])
        return self.random(element, dims, *{"i1": (0, 1), "f32": (-2, 2)}.get(element, (-9, 9)))

    def choose_results(self):
        used = {v.op for _, operands in self.lines for v in operands}
        made = [v for v in self.values if self.lines[v.op][1]]
        results = [v for v in made if v.op not in used]
        results += [v for v in made if v.op in used and self.rng.random() < 0.15]
        if self.rng.random() < 0.1:
            results.append(self.rng.choice(self.values))
        self.results = results or self.values[-1:]

    def keep_results(self, places):
        self.results = [self.results[i] for i in places]

    def text(self):
        needed, pending = set(), [0] + [v.op for v in self.results]
        while pending:
            op = pending.pop()
            if op not in needed:
                needed.add(op)
                pending += [v.op for v in self.lines[op][1]]
        types = ", ".join(v.type for v in self.results)
        lines = [f"tenon.symbol @{name} in [{low}, {high}] typical {(low + high) // 2}"
                 for name, (low, high) in self.symbols.items()]
        lines.append(f"func.func @main() -> ({types}) {{")
        lines += ["  " + line for i, (line, _) in enumerate(self.lines) if i in needed]
        lines.append(f"  return {', '.join(v.name for v in self.results)} : {types}")
        return "\n".join(lines + ["}", ""])
