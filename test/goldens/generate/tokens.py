"""Tokenizer fixtures: awkward strings and what the tokenizers library makes of them."""

import json
import shutil

from tokenizers import AddedToken, Tokenizer

from .files import write_json_rows
from .vocabulary import save_tokenizer, wordpieces

STRINGS = [
    "",
    " ",
    "\t\n\r ",
    "a",
    "Anna works in Paris.",
    "  leading and   inner  spaces\tand\u00a0hard\u2003ones ",
    "Don't stop: it's (really) 42-50% \"done\"...",
    "hello@world.com #tag $5 a_b ^ ` ~ | < = > + \\",
    "Zoë naïve café résumé ÀÉÎÕÜ ñ",
    "Zoe\u0308 nai\u0308ve cafe\u0301 re\u0301sume\u0301",
    "\u0301 lone mark, a\u0327\u0301\u0330b",
    "straße STRASSE ẞ ﬁ ﬃ Ǆ ǅ İ ı Σ ς σΣ ΑΣ",
    "Ⅷ ① ² ½ ªº ﷺ ㎏",
    "中文和English混合 日本語 한국어 \u3400\u4dbf \U00020000 \uf900",
    "עברית العربية मराठी ไทย ქართული",
    "😀 👩‍👩‍👧‍👦 👍🏽 🇩🇪 ☺️",
    "zero\u200bwidth \u200cjoin\u200der\u2060 soft\u00adhyphen \ufeffbom",
    "controls \u0000 \u0001\u001f\u007f\u0085\u009f end",
    "\ufffd replacement \ud7ff \ue000 private \U000f0000 \U0010ffff",
    "line\u2028sep\u2029para\u000bvt\u000cff\u001cfs\u0085nel",
    "dashes - – — ― ‐ minus − bullet • ellipsis … quotes “ ” ‘ ’ « »",
    "¿Qué? ¡No! § ¶ † ‡ ‰ № ™ © ®",
    "[CLS] text [SEP] more [MASK][PAD] [UNK]",
    "[cls] [Mask] [MASK]s x[MASK]y [[MASK]] [ MASK ]",
    "##ing works ## #ing un##able",
    "x" * 100,
    "x" * 101,
    "x" * 99 + "é",
    "é" * 101,
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
    "workshops workshopping the thething theory",
    "THE QUICK Brown FOX jumps OVER",
    "a\u0300\u0301\u0302\u0303 e\u0300\u0301",
    "Å Å A\u030a ℵ Ω Ω K K",
    "ạ̈ ạ̈ ệ Ệ",
    "i̇ İstanbul ISPARTA",
    "１２３ ＡＢＣ ｆｕｌｌ　ｗｉｄｔｈ ｶﾅ",
    "$$$ ,,, ... !!! ??? '' \"\" --",
    "1,234.56 3e10 0x1F 50€ £5 5°C",
    "a\u0000b\ufffdc\u200dd",
    "tab\tnew\nline\r\nreturn",
    "(end) [x] {y} <z> /slash\\",
    "the\u0301 T\u0302HE",
    "\u1e9b\u0323 \u0390 \u03b0 \u1fd3",
    "𝐁𝐨𝐥𝐝 𝒮𝒸𝓇𝒾𝓅𝓉 𝟙𝟚𝟛",
    "\U0001f1e9\U0001f1ea\u0301x",
    "क\u093c\u094dष \u0958 গ\u09bc",
    "각 \u1100\u1161\u11a8 한글",
    "mixed中a文b 1中2",
    "a b",
    "yes. no! (maybe)? ok; fine:",
]

PAIRS = [
    ("Anna works.", "She lives in Paris."),
    ("", "only the second"),
    ("only the first", ""),
    ("Zoë 中文", "[MASK] café"),
]

LONG = ("The workshop makes tables, chairs and doors.", "It rained in London on Monday, sadly.")

# `room`: tokens left for the part that is cut; longest_first counts them over both parts.
TRUNCATIONS = [
    dict(strategy="longest_first", room=9, stride=0),
    dict(strategy="longest_first", room=12, stride=0),
    dict(strategy="longest_first", room=13, stride=2),
    dict(strategy="only_first", room=6, stride=0),
    dict(strategy="only_first", room=7, stride=3),
    dict(strategy="only_second", room=9, stride=4),
    dict(strategy="only_second", room=5, stride=1, direction="left"),
    dict(strategy="longest_first", room=6, stride=0, direction="left"),
]

VOCABULARIES = {
    "uncased": dict(
        purpose="lowercase, accents stripped; all files",
        family="bert", vocabulary=dict(size=171, extra=["中", "文", "##x", "한", "ß", "ı", "σ"]),
        tokenizer=dict(lowercase=True),
    ),
    "cased": dict(
        purpose="no lowercase: accents stay",
        family="bert",
        vocabulary=dict(size=179, lowercase=False, extra=["é", "##é", "ë", "##ë", "中", "É"]),
        tokenizer=dict(lowercase=False),
    ),
    "accents": dict(
        purpose="lowercase with strip_accents false, Chinese characters not split, z and q unknown",
        family="distilbert",
        vocabulary=dict(size=167, missing="zq", extra=["é", "##é", "ï", "##ï", "中", "##文", "##̈"]),
        tokenizer=dict(lowercase=True, strip_accents=False, chinese=False),
    ),
    "cased-stripped": dict(
        purpose="cased with strip_accents true",
        family="bert", vocabulary=dict(size=155, lowercase=False),
        tokenizer=dict(lowercase=False, strip_accents=True),
    ),
    "added": dict(
        purpose="added tokens with every flag; tokenizer.json alone",
        family="bert", vocabulary=dict(size=141),
        tokenizer=dict(lowercase=True, files=["tokenizer.json"]),
        added=[
            dict(content="<x>", special=False, normalized=True),
            dict(content="<L>", special=False, normalized=False, lstrip=True),
            dict(content="<R>", special=True, normalized=False, rstrip=True),
            dict(content="<LR>", special=False, normalized=True, lstrip=True, rstrip=True),
            dict(content="word", special=False, normalized=True, single_word=True),
            dict(content="Café", special=False, normalized=True),
            dict(content="New York", special=False, normalized=False),
            dict(content="<é>", special=False, normalized=False, single_word=True),
        ],
        strings=[
            "a <x> b<x>c <X> x<x><x>",
            "a  <L>  b<L> <l>",
            "a  <R>  b<R>  c <r>",
            "a  <LR>  b  <lr> c",
            "word words sword a word. word-word WORD",
            "Café café CAFE\u0301 cafe Cafés",
            "in New York, new york, New  York",
            "<é> a<é>b (<é>) <e>",
            "<x",
            "[MASK]<R> <L>[CLS]",
        ],
    ),
}  # fmt: skip


def described(encoding):
    return dict(
        ids=encoding.ids,
        type_ids=encoding.type_ids,
        mask=encoding.attention_mask,
        special=encoding.special_tokens_mask,
        offsets=[list(o) for o in encoding.offsets],
        words=encoding.word_ids,
    )


def make(spec, directory):
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    files = spec["tokenizer"].get("files")
    settings = dict(spec["tokenizer"])
    if files is not None:
        settings["files"] = sorted({*files, "tokenizer.json"})
    save_tokenizer(directory, spec["family"], wordpieces(**spec["vocabulary"]), settings)
    path = directory / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(path))
    for token in spec.get("added", []):
        flags = {k: v for k, v in token.items() if k not in ("content", "special")}
        new = [AddedToken(token["content"], special=token["special"], **flags)]
        if token["special"]:
            tokenizer.add_special_tokens(new)
        else:
            tokenizer.add_tokens(new)
    if "added" in spec:
        value = json.loads(tokenizer.to_str())
        path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    rows = []
    for text in STRINGS + spec.get("strings", []):
        encoding = tokenizer.encode(text)
        plain = tokenizer.encode(text, add_special_tokens=False)
        row = dict(text=text, **described(encoding))
        row["decoded"] = tokenizer.decode(plain.ids, skip_special_tokens=False)
        row["decoded_skip"] = tokenizer.decode(encoding.ids, skip_special_tokens=True)
        rows.append(row)
    pairs = [dict(text=a, pair=b, **described(tokenizer.encode(a, b))) for a, b in PAIRS]
    truncated = []
    first, second = (len(tokenizer.encode(t, add_special_tokens=False)) for t in LONG)
    kept = dict(longest_first=0, only_first=second, only_second=first)
    for case in TRUNCATIONS:
        options = dict(case, max_length=case["room"] + kept[case["strategy"]] + 3)
        del options["room"]
        tokenizer.enable_truncation(**options)
        encoding = tokenizer.encode(*LONG)
        truncated.append(dict(
            text=LONG[0], pair=LONG[1], options=options,
            chunks=[described(e) for e in [encoding, *encoding.overflowing]],
        ))  # fmt: skip
    tokenizer.no_truncation()
    write_json_rows(
        directory / "cases.json", dict(strings=rows, pairs=pairs, truncated=truncated)
    )
    return dict(purpose=spec["purpose"])
