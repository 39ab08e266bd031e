"""Compares answers with those of pipelines: pipelines.py GOLDENS CHECKPOINTS IMAGES SCRATCH, with `tenon`
in the path. Labels must be the same, numbers within 1e-4 of the largest."""

import json
import os
import shutil
import subprocess
import sys

goldens, checkpoints, images, scratch = sys.argv[1:]
problems = 0


def same(ours, theirs, largest):
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(same(a, b, largest) for a, b in zip(ours, theirs))
    if isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[k], v, largest) for k, v in theirs.items())
    return ours == theirs if isinstance(theirs, str) else abs(ours - theirs) <= 1e-4 * largest


def numbers(value):
    if isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from numbers(inner)
    elif not isinstance(value, str):
        yield abs(value)


def compiled(row):
    key = f"{row['checkpoint']}-{row['task']}"
    file = os.path.join(scratch, key + ".tenon")
    if not os.path.exists(file):
        folder = os.path.join(scratch, key)
        shutil.copytree(os.path.join(checkpoints, row["checkpoint"]), folder)
        with open(os.path.join(folder, "preprocessor_config.json"), "w") as out:
            json.dump(row["settings"], out)
        subprocess.run(["tenon", "compile", folder, "--task", row["task"], "--cpu", "native", "-o", file],
                       check=True)
    return file


with open(goldens) as file:
    rows = json.load(file)
for row in rows:
    command = ["tenon", "run", compiled(row), "--json"]
    command += [os.path.join(images, image) for image in row["images"]]
    for name, value in row["options"].items():
        option = "--" + name.replace("_", "-")
        command += [option] if value is True else [option, str(value)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    answer = json.loads(done.stdout)
    if not same(answer, row["answer"], max([1.0, *numbers(row["answer"])])):
        problems += 1
        print(row["checkpoint"], row["images"], row["options"])
        print("ours:  ", str(answer)[:500])
        print("theirs:", str(row["answer"])[:500])
print(f"{len(rows)} calls, {problems} differ")
sys.exit(1 if problems else 0)
