"""Random strings, plain and adversarial."""

from .tokens import STRINGS
from .vocabulary import TEXT

WORDS = TEXT.split()
SPECIALS = ["[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]", "[mask]", "<mask>", "[MASK", "MASK]"]
ODD = [
    "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "😀", "☺️", "é", "e\u0301", "ñandú", "Zoë", "naïve", "ÀÉÎ", "ß", "İ",
    "ı", "ﬁ", "中文", "日本語", "한국어", "עברית", "العربية", "مرحبا", "ไทย", "मराठी", "\u200b", "\u200d",
    "\u00ad", "\ufeffx", "\u0301", "\u0000", "\u0007", "\ufffd", "\U0010ffff", "\u2028", "\u3000",
    "\u00a0", "42", "1,234.56", "3e10", "don't", "it's", "e.g.", "a-b", "—", "…", "“quoted”",
    "(x)", "[y]", "#tag", "user@host.org", "http://a.b/c?d=e", "50€", "$5", "100%", "a_b", "C++",
    "\\", "\"", "'", "`", "~", "x" * 30, "workshops", "thethething", "Ⅷ", "①", "½", "𝐁𝐨𝐥𝐝", "ﷺ",
    "Ω", "Σς", "ΑΣ", "ǅ", "각", "각", "New York", "O'Neil", "U.S.A.", "don't.", "n't", " 's",
    "do not", "##ing", "## x", "<x>", "{}", "%s",
]  # fmt: skip
SPACES = [" "] * 12 + ["", "  ", "\n", "\t", "\u00a0", "\r\n", "\u2003"]
PLANES = [
    (0x20, 0x7F), (0xA0, 0x250), (0x300, 0x370), (0x370, 0x530), (0x590, 0x700), (0x900, 0xE80),
    (0x1100, 0x1200), (0x1E00, 0x2100), (0x2100, 0x2C00), (0x3000, 0x3100), (0x4E00, 0x4F00),
    (0xAC00, 0xAD00), (0xF900, 0xFB50), (0xFE00, 0x10000), (0x10000, 0x10400), (0x1D400, 0x1D7FF),
    (0x1F000, 0x1FB00), (0x20000, 0x20100), (0xE0000, 0xE0200),
]  # fmt: skip


def scalar(rng):
    low, high = rng.choice(PLANES)
    code = rng.randrange(low, high)
    return "?" if 0xD800 <= code < 0xE000 else chr(code)


def piece(rng):
    kind = rng.random()
    if kind < 0.62:
        word = rng.choice(WORDS)
        return rng.choice([word] * 6 + [word.upper(), word.lower(), word.strip(".,?!")])
    if kind < 0.8:
        return rng.choice(ODD)
    if kind < 0.86:
        return rng.choice(SPECIALS)
    if kind < 0.93:
        return "".join(scalar(rng) for _ in range(rng.randint(1, 6)))
    return str(
        rng.choice([rng.randrange(10), rng.randrange(10**6), -1.5, "..", ",", "?!", ":", "-"])
    )


def joined(rng, pieces):
    return "".join(p + rng.choice(SPACES) for p in pieces)


def sentence(rng, words):
    """Words of the vocabulary's text: what a model is made for."""
    start = rng.randrange(len(WORDS))
    return " ".join((WORDS + WORDS + WORDS)[start : start + words])


def text(rng):
    """Any string, most of them short."""
    kind = rng.random()
    if kind < 0.3:
        return sentence(rng, rng.randint(1, 12))
    if kind < 0.65:
        return joined(rng, [piece(rng) for _ in range(rng.randint(1, 14))])
    if kind < 0.75:
        return rng.choice(STRINGS)
    if kind < 0.83:
        return sentence(rng, rng.randint(20, 130))
    if kind < 0.88:
        return joined(rng, [piece(rng) for _ in range(rng.randint(20, 160))])
    if kind < 0.92:
        return "".join(scalar(rng) for _ in range(rng.randint(1, 30)))
    if kind < 0.95:
        return rng.choice(ODD)
    return rng.choice(
        ["", " ", "\n", "\t \r\n", ".", "a", "[MASK]", "é" * 120, "x" * 250, "\u00a0"]
    )


def masked(rng, mask, most=4):
    """A string with masks: mostly one."""
    pieces = text(rng).split(" ")
    count = rng.choice([1] * 8 + [2, 2, 3, most, 0])
    for _ in range(count):
        pieces.insert(
            rng.randint(0, len(pieces)), rng.choice([mask] * 9 + [mask + ".", "x" + mask + "y"])
        )
    return " ".join(pieces)
