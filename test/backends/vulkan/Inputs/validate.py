"""Has spirv-val look at all kernels of models, for several environments.

    validate.py TENON SCRATCH CHECKPOINT...

Compiles each checkpoint for each target that there is, as it is and with fewer bits, and hands every
kernel's code to Khronos' validator for each version of Vulkan from the oldest that we run on. Prints
what it doesn't like, or what kernels need that their target's devices may lack, and exits 1.
"""

import pathlib
import re
import subprocess
import sys

ENVIRONMENTS = ("vulkan1.1", "vulkan1.2", "vulkan1.3", "spv1.3", "spv1.6")
NEWER_ENVIRONMENTS = ("vulkan1.3", "spv1.6")
# What this program's SPIRV-Tools, or those beside it, may be too old for.
NEWER_CAPABILITIES = ("CooperativeMatrixKHR", "DotProduct")
MODES = {
    "software": ([], ["--quantize", "int8"], ["--precision", "fp16"]),
    "desktop-matrix": (["--precision", "fp16"],),
    "desktop-dot": (["--quantize", "int8"],),
    "desktop": ([], ["--quantize", "int8"], ["--precision", "fp16"], ["--quantize", "int4-weights"]),
    "baseline": ([], ["--quantize", "int8"]),
}
# What kernels for a target may need of a device at most, if that isn't whatever they need.
CAPABILITIES = {"baseline": {"Shader"}}


def knows(capability):
    assembled = subprocess.run(
        ["spirv-as", "-", "-o", "/dev/null"], input=f"OpCapability {capability}", text=True, capture_output=True
    )
    return assembled.returncode == 0


def main():
    tenon, scratch, *checkpoints = sys.argv[1:]
    scratch = pathlib.Path(scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    code = scratch / "kernel.spv"
    known = {name: knows(name) for name in NEWER_CAPABILITIES}
    checked = failures = 0
    for checkpoint in checkpoints:
        for target, modes in MODES.items():
            for mode in modes:
                command = [tenon, "compile", checkpoint, "--target", "vulkan", "--cpu", target]
                text = subprocess.run(
                    command + mode + ["--emit", "spirv", "-o", "-"],
                    capture_output=True, text=True,
                )
                if text.returncode and "SPIRV-Tools" in text.stderr and not all(known.values()):
                    continue
                text.check_returncode()
                for kernel in text.stdout.split("; SPIR-V\n")[1:]:
                    asked = set(re.findall(r"OpCapability (\w+)", kernel)) - {"Matrix"}  # Shader implies it.
                    if asked - CAPABILITIES.get(target, asked):
                        failures += 1
                        print(pathlib.Path(checkpoint).name, *mode, target, "needs", *sorted(asked))
                    needs = [name for name in NEWER_CAPABILITIES if name in kernel]
                    is_newer = bool(needs)
                    if not all(known[name] for name in needs):
                        continue
                    subprocess.run(
                        ["spirv-as", "--target-env", "spv1.6" if is_newer else "spv1.3", "-", "-o", code],
                        input=kernel, text=True, check=True,
                    )
                    for environment in NEWER_ENVIRONMENTS if is_newer else ENVIRONMENTS:
                        found = subprocess.run(
                            ["spirv-val", "--target-env", environment, code],
                            capture_output=True, text=True,
                        )
                        checked += 1
                        if found.returncode:
                            failures += 1
                            name = next(l for l in kernel.splitlines() if "OpEntryPoint" in l)
                            print(pathlib.Path(checkpoint).name, *mode, environment, name.split('"')[1])
                            print(found.stdout + found.stderr)
    print(f"{checked} checks, {failures} failures")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
