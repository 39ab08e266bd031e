# Configuration of the tests that lit runs. Everything that is not a folder of
# inputs may hold .mlir and .test files; a folder with other kinds of tests says
# so in a lit.local.cfg.

import os

import lit.formats

config.name = "Tenon"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.tenon_build, "test")

path = [os.path.join(config.tenon_build, "bin"), config.llvm_tools]
config.environment["PATH"] = os.pathsep.join(path + [config.environment["PATH"]])

# Kernels that did not change since the last run are not compiled again; the
# cache of the user stays as it is.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "cache")

config.substitutions.append(("%python", config.python))
config.substitutions.append(("%root", config.tenon_source))
config.substitutions.append(("%build", config.tenon_build))
config.substitutions.append(("%goldens", config.tenon_source + "/test/goldens/checkpoints"))
