"""Strings that tokenizers get wrong.

Everything is made from a seed: the same call gives the same strings.
"""

import random

WHITESPACE = [
    "\t", "\n", "\x0b", "\x0c", "\r", " ", "\x1c", "\x1d", "\x1e", "\x1f",
    "\x85", "\xa0", "\u1680", "\u180e", *map(chr, range(0x2000, 0x2010)),
    "\u2028", "\u2029", "\u202f", "\u205f", "\u2060", "\u3000", "\ufeff",
]
CONTROL = [
    *map(chr, range(0x20)), "\x7f", *map(chr, range(0x80, 0xA0)), "\xad",
    "\u0600", "\u061c", "\u06dd", "\u070f", "\u08e2", "\u0890", "\u180e",
    *map(chr, range(0x200B, 0x2010)), *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2061, 0x2070)), "\ufeff", "\ufff9", "\ufffb", "\ufffc",
    "\ufffd", "\ufffe", "\uffff", "\ue000", "\uf8ff", "\U000f0000",
    "\U0010fffd", "\U0010ffff", "\U000e0001", "\U000e0041", "\U0001d173",
    "\U000110bd", "\U000110cd", "\U00013430", "\u0378", "\u0380",
]
MARKS = [
    *map(chr, range(0x300, 0x370)), "\u0483", "\u0488", "\u0591", "\u05bc",
    "\u0610", "\u064b", "\u0651", "\u0670", "\u0711", "\u093c", "\u094d",
    "\u09be", "\u0b57", "\u0e31", "\u0e38", "\u0f71", "\u0f72", "\u0f73",
    "\u0f74", "\u0f75", "\u0f81", "\u1039", "\u1734", "\u1ab0", "\u1abf",
    "\u1dc0", "\u1df6", "\u20d0", "\u20dd", "\u20e3", "\u302a", "\u302e",
    "\u3099", "\u309a", "\ufe00", "\ufe0f", "\ufe20", "\U0001d165",
    "\U0001d166", "\U0001d16d", "\U00010a0f", "\U00011099", "\U000110ba",
    "\U00011930", "\U00011935", "\U0001e94a", "\u0344", "\u0340", "\u0341",
]
LETTERS = [
    *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    *"àéîõüçñÀÉÎÕÜÇÑßøØłŁđĐıİŒœÆæÅåÿŸŽžǅǆǄŉſ", *"αβγςσΣΑΩΐΰώϐ",
    *"привётъйЙЁҐӐ", *"אבגשׁךםﬡ", *"ابتثلاپچکیﷺﷲ", *"कखगज़ड़क़ो", *"ไทยำ",
    *"가각힣각ᆧㄱ", *"ひらがなカタカナがギﾊﾟｶﾞ", *"中文字漢語〆〇㐀豈𠀀𪜀𫝀𫠠鿿䶿﨟﨡",
    "\U0002f800", "\U0002fa1d", "\u212a", "\u212b", "\u2126", "ﬀ", "ﬃ", "㎏",
    "㋿", "①", "Ⅷ", "ⅷ", "²", "½", "𝐀", "𝔄", "𝟘", "ꜲꜳꞋ", "Ꞌ", "Ɤ", "\ua7cb",
    "\ua7dc", "\u1c89", "\U00010d50", "\U00016ea0", "\U00010400", "Ⓐ", "ⓐ",
    "\u13a0", "\uab70", "\u10a0", "\u2d00", "\u1c90", "\u1e9e", "\u0587",
    "ǰ", "ẖ", "ὒ", "ᾳ", "ᾼ", "ῼ", "Ǻ", "Ṩ", "ự", "Ệ", "Å", "ô", "q̣̇",
]
PUNCTUATION = [
    *"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", *"¡§«¶·»¿‐‑–—―‘’“”„†•…‰′″‹›‽⁂",
    *"、。〃〈〉《》「」『』【】〜〽", *"،؛؟٪٫٭۔।॥๚༄", "\u166d", "\u061d", "\u2e52",
    "\u2e43", "\U000111c9", "\U00010f55", "\U0001e95e", *"€£¥©®™°±×÷←→∀∑√≠",
    *"︙﹏！＂＃＄％＆＇（）＊＋，－．／：；＜＝＞？＠［＼］＾＿｀｛｜｝～｡",
]
EMOJI = [
    "😀", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "1️⃣", "❤️", "👩🏿‍💻", "🧑‍🚀", "☃", "♀️", "🫠", "🪿",
]
SPECIAL = [
    "[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[mask]", "[MASK", "MASK]",
    "[[MASK]]", "<ent>", "<Ent>", "<ENT>", " [MASK] ", "a[MASK]b", "[MASK][MASK]",
    "Yesterday", "yesterday", "\u00c9t\u00e9", "e\u0301te\u0301", "##", "##a", "▁", "<s>",
    "wörd", "WÖRD", "<l>", "<r>", "<lr>", "<w>", "x<w>", "<w>y", " <w> ", "<n>",
    "<|endoftext|>", "<mask>", " <mask> ", "</s>", "<|endoftext|", "<unk>", "<pad>",
    "\u0120", "\u010a", "\u0120the", "\u0100", "\u0144", "<0x0A>", "</w>",
    "  <l>  ", "\u3000<lr>\u2003", "<r>\t\n<l>", "_<w>_", "<l><r>", "<ab>", "<abc>",
]
WORDS = """the of and to in is was for on that with as by at from it an are be this
which or were not have has had his her their its but also been who one two
first new after when where while during about other more some such only can
may time year years people world city state university school team season
game film music album song book river mountain war king president company
hugging face based york unaffable embeddings tokenization transformers
internationalization don't can't I'm we've they're it's U.S.A. e.g. 3.14159
1,000,000 user@example.com https://example.com/a?b=c#d C++ x=y+z $5.00 50%
state-of-the-art naïve café résumé Zürich São Paulo Ångström Łódź
пример текста привет мир Москва שלום עולם مرحبا بالعالم नमस्ते दुनिया สวัสดี
안녕하세요 세계 こんにちは 世界 東京都 中华人民共和国""".split()

EXACT = [
    "", " ", "  ", "\n", "\u00a0", "\u200b", "\u200d", "\u0301", "\u0301\u0301",
    "a\u0301", "\u0301a", "e\u0301\u0327", "e\u0327\u0301", "\u00e9\u0316", "\u1ea5",
    "a" * 99, "a" * 100, "a" * 101, "a" * 200, "é" * 99, "é" * 100, "é" * 101,
    "é" * 200, "e\u0301" * 50, "e\u0301" * 51, "e\u0301" * 100, "e\u0301" * 101,
    "中" * 200, "x" * 100 + "é", "😀" * 100, "😀" * 101, "ab" * 5000, "İ", "İİ",
    "ΑΣ", "ΟΔΥΣΣΕΥΣ ΣΑΣ", "İSTANBUL", "ıİiI", "DŽ Dž dž", "\u1e9e SS ß",
    "\u0f73\u0f71\u0f74", "\u0344\u0316\u0345", "\u302e\u302a\u3099", "か\u3099",
    "\u0f71\u0f80\u0f71", "\U0001d15e", "\U0001d165\U0001d16d", "a\u302e\u0316b",
    "q\u0307\u0323", "\u1100\u1161\u11a8", "\uac00\u11a8", "\uac01\u11a8", "\u11a7",
    "\uac00\u11a7", "\uac00\u11c2", "\uac00\u11c3", "\u1113\u1161", "\u1112\u1175",
    "\u1112\u1176", "\u09c7\u09be", "\u0dd9\u0dcf\u0dca", "\U00011935\U00011930",
    "각\u0301", "ﷺ", "ﬃ", "㋿", "\u2126\u212a\u212b", "[CLS][SEP][MASK]",
    "[MASK].[MASK]", "a [MASK]", "[ MASK ]", "\u0378\u0380", "\uffff", "\U0010ffff",
    "\x00", "a\x00b", "\ufffd", "a\ufffdb", "\u2028a\u2029b", "\x85a\x85", "\x1ca\x1c",
    "hello\u00adworld", "zero\u200bwidth", "no\u2060break", "bom\ufeffbom",
    "\u202eright-to-left\u202c", "שָׁלוֹם", "מְדַבֵּר", "اَلْعَرَبِيَّةُ", "क्षत्रिय", "ภาษาไทย",
    "it's IT'S 'S 'll'll 've're'd'm't", " 's ' s '' ''s", "x'", "'", "'\u0301s",
    "a  b", "a   b", "  a", "a  ", " \n a", "a\n\n\nb", "\r\n\r\n", "\t\tif x:\n\t\t\ty",
    "a \u00a0b", "a\u00a0\u00a0 b", " \u2003\u2003b", "1\u00b2\u00bd\u2167x", "x1y2", "e\u0301 x\u0301y",
    " " * 40 + "x", "\n" * 50, "ha" * 100, "abcdefgh" * 20, "hgfedcba", "\u0120\u0120a\u0120",
    "\u00ad\u0100\u017f", "\u4e2d" * 30 + " " + "\u00e9" * 30, "\U0001f600" * 30, "caf\u00c3\u00a9",
    "unaffable UNAFFABLE Unaffable", "aaaa bbbb", "...", "!?!?", "a.b.c", "--",
]


def strings(seed, count):
    """`count` strings: the exact ones, each awkward character, random mixtures."""
    rng = random.Random(seed)
    out = list(EXACT)
    for pool in (WHITESPACE, CONTROL, MARKS, LETTERS, PUNCTUATION, EMOJI, SPECIAL):
        for item in pool:
            out += [item, "a" + item + "b", item + item, " " + item + " x"]
    pools = [WHITESPACE, CONTROL, MARKS, LETTERS, PUNCTUATION, EMOJI, SPECIAL, WORDS]
    weights = [
        [1, 0, 0, 2, 1, 0, 0, 8],   # text
        [2, 1, 3, 8, 2, 1, 1, 2],   # everything
        [1, 0, 8, 8, 0, 0, 0, 0],   # marks
        [4, 4, 0, 4, 0, 0, 0, 0],   # spaces and controls
        [2, 0, 1, 2, 2, 0, 8, 2],   # special tokens
    ]
    while len(out) < count:
        kind = rng.choice(weights)
        parts = []
        for _ in range(rng.choice([1, 2, 3, 5, 8, 13, 30, 60])):
            parts.append(rng.choice(rng.choices(pools, kind)[0]))
            if kind is weights[0] and rng.random() < 0.8:
                parts.append(" ")
        if rng.random() < 0.05:
            point = rng.randrange(0x110000)
            parts.append(chr(point) if not 0xD800 <= point <= 0xDFFF else "?")
        out.append("".join(parts))
    # Few strings are a sample of all kinds.
    tail = out[len(EXACT):]
    rng.shuffle(tail)
    return (EXACT + tail)[:count]
