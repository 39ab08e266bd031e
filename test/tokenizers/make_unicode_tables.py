#!/usr/bin/env python3
"""Writes runtime/tokenizers/UnicodeTables.cpp by asking the `tokenizers` library.

The library takes its character classes from several Unicode versions at once
(the crates it is built from are of different ages), so no single copy of the
Unicode database gives its answers. This script asks it about every code point
and stores the answers as run lengths. Run it in an environment that has
tokenizers==0.22.2 and a utf8proc 2.8 shared library (Unicode 15.0):

    python make_unicode_tables.py runtime/tokenizers/UnicodeTables.cpp
"""

import ctypes
import ctypes.util
import sys

from tokenizers import Regex, normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]

HEADER = """//===- UnicodeTables.cpp - Unicode as tokenizers sees it --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Written by test/tokenizers/make_unicode_tables.py: don't edit. Each class is
// a list of runs from U+0000 on: the number of code points outside it, the
// number inside, and so on.
//
//===----------------------------------------------------------------------===//

#include "UnicodeTables.h"

// clang-format off

namespace tenon::tokenizers {

"""


def utf8proc():
    name = ctypes.util.find_library("utf8proc") or "libutf8proc.so.2"
    lib = ctypes.CDLL(name)
    lib.utf8proc_tolower.restype = ctypes.c_int32
    lib.utf8proc_decompose_char.restype = ctypes.c_ssize_t
    lib.utf8proc_unicode_version.restype = ctypes.c_char_p
    version = lib.utf8proc_unicode_version().decode()
    assert version == "15.0.0", f"utf8proc of Unicode {version}, not 15.0.0"

    class Property(ctypes.Structure):
        _fields_ = [("category", ctypes.c_int16), ("ccc", ctypes.c_int16)]

    lib.utf8proc_get_property.restype = ctypes.POINTER(Property)
    return lib


def class_members():
    """Name of each class to the set of its code points."""
    clean = normalizers.BertNormalizer(True, False, False, False)
    accents = normalizers.BertNormalizer(False, False, True, False)
    marks = normalizers.StripAccents()
    strip = normalizers.Strip()
    punctuation = pre_tokenizers.Punctuation()
    digits = pre_tokenizers.Digits(individual_digits=True)
    words = pre_tokenizers.Whitespace()
    letters = pre_tokenizers.Split(Regex(r"\p{L}"), "isolated")
    numbers = pre_tokenizers.Split(Regex(r"\p{N}"), "isolated")

    def between(c):
        return "a" + chr(c) + "b"

    tests = {
        "Whitespace": lambda c: strip.normalize_str("a" + chr(c)) == "a",
        "Control": lambda c: clean.normalize_str(between(c)) == "ab",
        "Punctuation": lambda c: len(punctuation.pre_tokenize_str(between(c))) == 3,
        "NonspacingMark": lambda c: accents.normalize_str(between(c)) == "ab",
        "CombiningMark": lambda c: marks.normalize_str(between(c)) == "ab",
        "Numeric": lambda c: len(digits.pre_tokenize_str(between(c))) == 3,
        "Word": lambda c: len(words.pre_tokenize_str(between(c))) == 1,
        "Letter": lambda c: len(letters.pre_tokenize_str("!" + chr(c))) == 2,
        "Number": lambda c: len(numbers.pre_tokenize_str(between(c))) == 3,
    }
    return {name: {c for c in CODE_POINTS if test(c)} for name, test in tests.items()}


def runs(members):
    out, position = [], 0
    for c in sorted(members):
        if out and position == c:
            out[-1] += 1
        else:
            out += [c - position, 1]
        position = c + 1
    return out


def ranges(values):
    out = []
    for c in sorted(values):
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def wrapped(items):
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > 79:
            lines.append(line)
            line = "   "
        line += " " + item + ","
    return "\n".join(lines + [line])


def unknown_classes(lib):
    """Code points whose combining class utf8proc knows and the library doesn't."""
    nfd = normalizers.NFD()
    out = set()
    for c in CODE_POINTS:
        ccc = lib.utf8proc_get_property(c).contents.ccc
        if ccc == 0 or c in (0x334, 0x345) or nfd.normalize_str(chr(c)) != chr(c):
            continue
        after, before = "a" + chr(c) + "\u0334", "a\u0345" + chr(c)
        if nfd.normalize_str(after) == after and nfd.normalize_str(before) == before:
            out.add(c)
    return out


def unknown_decompositions(lib, compat):
    form = normalizers.NFKD() if compat else normalizers.NFD()
    buffer, last = (ctypes.c_int32 * 64)(), ctypes.c_int(0)
    out = set()
    for c in CODE_POINTS:
        options = 2 | 16 | (4 if compat else 0)
        n = lib.utf8proc_decompose_char(c, buffer, 64, options, ctypes.byref(last))
        theirs = form.normalize_str(chr(c))
        if theirs != "".join(chr(buffer[i]) for i in range(n)):
            assert theirs == chr(c), hex(c)
            out.add(c)
    return out


def lower_changes(lib):
    """Lower case of one letter where it isn't utf8proc's: (first, last, add)."""
    lower = normalizers.Lowercase()
    out = []
    for c in CODE_POINTS:
        theirs = lower.normalize_str(chr(c))
        if theirs == chr(lib.utf8proc_tolower(c)):
            continue
        if c == 0x130:  # the only letter with two: written in Unicode.cpp
            assert theirs == "i\u0307"
            continue
        assert len(theirs) == 1, hex(c)
        add = ord(theirs) - c
        if out and out[-1][1] == c - 1 and out[-1][2] == add:
            out[-1][1] = c
        else:
            out.append([c, c, add])
    return out


def main():
    lib = utf8proc()
    text = HEADER
    for name, members in class_members().items():
        items = [str(n) for n in runs(members)]
        text += f"const uint32_t k{name}Runs[] = {{\n{wrapped(items)}\n}};\n"
        text += f"const size_t k{name}RunCount = {len(items)};\n\n"
    tables = {
        "UnknownClass": unknown_classes(lib),
        "UnknownCanonical": unknown_decompositions(lib, False),
        "UnknownCompatibility": unknown_decompositions(lib, True),
    }
    for name, members in tables.items():
        items = [f"{{0x{a:X}, 0x{b:X}}}" for a, b in ranges(members)]
        text += f"const CodePointRange k{name}[] = {{\n{wrapped(items)}\n}};\n"
        text += f"const size_t k{name}Count = {len(items)};\n\n"
    items = [f"{{0x{a:X}, 0x{b:X}, {d}}}" for a, b, d in lower_changes(lib)]
    text += f"const LowerChange kLowerChanges[] = {{\n{wrapped(items)}\n}};\n"
    text += f"const size_t kLowerChangeCount = {len(items)};\n\n"
    text += "} // namespace tenon::tokenizers\n"
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write(text)


if __name__ == "__main__":
    main()
