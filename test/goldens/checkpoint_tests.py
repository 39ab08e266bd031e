"""lit's format for the goldens: each folder of checkpoints/ is a test that check.py runs, each of
decoders/ one that check_calls.py and check_splits.py run."""

import os
import shutil
import subprocess

import lit.formats
import lit.Test


CHECKS = {"checkpoints": ["check.py"], "decoders": ["check_calls.py", "check_splits.py"]}


class CheckpointTests(lit.formats.TestFormat):
    def getTestsInDirectory(self, suite, path_in_suite, lit_config, config):
        source = suite.getSourcePath(path_in_suite)
        if os.path.basename(source) not in CHECKS:
            return
        for name in sorted(os.listdir(source)):
            yield lit.Test.Test(suite, path_in_suite + (name,), config)

    def execute(self, test, lit_config):
        scratch = test.getExecPath() + ".tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        said = ""
        for check in CHECKS[os.path.basename(os.path.dirname(test.getSourcePath()))]:
            done = subprocess.run(
                [
                    test.config.python,
                    os.path.join(os.path.dirname(__file__), check),
                    test.getSourcePath(),
                    scratch,
                ],
                env=test.config.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
            said += done.stdout
            if done.returncode:
                return lit.Test.FAIL, said
        shutil.rmtree(scratch)
        return lit.Test.PASS, said
