"""Compares what is made of images with what transformers makes of them: processors.py --tool TOOL.

The goldens are in processors.json; make_processors.py makes them."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from make_processors import hashed, pixels
from tool import Tool

HERE = Path(__file__).parent
problems = []


def compare(tool, descriptions, seed, row):
    array = pixels(seed, row["width"], row["height"])
    answer, data = tool.ask(array.tobytes(), op="prepare", width=row["width"], height=row["height"],
                            settings=row["settings"], descriptions=descriptions)
    if "error" in row:
        return None if "error" in answer else f"no error, but: {row['error']}"
    if "error" in answer:
        return f"{answer['error']}, but not for the reference"
    shape = [3, answer["height"], answer["width"]]
    if shape != row["shape"]:
        return f"{shape}, not {row['shape']}"
    if hashed(np.frombuffer(data, np.float32)) != row["hash"]:
        return "other numbers"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    arguments = parser.parse_args()
    tool = Tool(arguments.tool)
    descriptions = (HERE / "../../models/image_processors.json").read_text()
    rows = json.loads((HERE / "processors.json").read_text())
    for seed, row in enumerate(rows):
        problem = compare(tool, descriptions, seed, row)
        if problem:
            problems.append(f"{row['width']} x {row['height']} {json.dumps(row['settings'])}: {problem}")
    for problem in problems[:20]:
        print(problem)
    print(f"{len(problems)} problems in {len(rows)} cases, of which "
          f"{sum('error' in row for row in rows)} are errors")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
