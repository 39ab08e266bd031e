"""Looks at files of tuning records and damages them.

records.py tried A B        all that A has tried, B has, too, but of kernels whose panels
                            have another width by now
records.py set FILE KEY V   prints FILE with a key of each kernel's record set to V
records.py panels FILE K V  prints FILE with a key of each matrix's panels set to V
records.py stop FILE CMD    runs CMD until FILE is there, ends it
"""

import re
import signal
import subprocess
import sys
import time
import tomllib


def load(path):
    with open(path, "rb") as file:
        return tomllib.load(file).get("kernel", [])


def tried(first, second):
    known = {r["hash"]: r for r in load(second)}
    before = after = 0
    for record in load(first):
        later = known.get(record["hash"])
        if later is None:
            continue
        assert (record["target"], record["cpu"]) == (later["target"], later["cpu"])
        assert all(sizes in later["tried"] for sizes in record["tried"]), record["name"]
        before += len(record["tried"])
        after += len(later["tried"])
    print("more" if after > before else "as many")


def replace(path, key, value, table="kernel"):
    with open(path) as file:
        tables = re.split(r"^(?=\[\[)", file.read(), flags=re.M)
    for i, text in enumerate(tables):
        if text.startswith(f"[[{table}]]"):
            # Records with the compiler's own sizes don't have them.
            text = re.sub(rf"^{key} = .*\n", "", text, flags=re.M)
            tables[i] = re.sub(r"^(shape = .*\n)", rf"\1{key} = {value}\n", text, flags=re.M)
    sys.stdout.write("".join(tables))


def replace_panels(path, key, value):
    replace(path, key, value, "panel")


def stop(path, *command):
    process = subprocess.Popen(command)
    while process.poll() is None:
        try:
            open(path).close()
        except FileNotFoundError:
            time.sleep(0.01)
            continue
        process.send_signal(signal.SIGTERM)
        break
    print("ended by", signal.Signals(-process.wait()).name)
    load(path)


if __name__ == "__main__":
    {"tried": tried, "set": replace, "panels": replace_panels, "stop": stop}[sys.argv[1]](*sys.argv[2:])
