"""lit's format for the goldens: each folder of checkpoints/ is a test that check.py runs, each of
decoders/ one that check_calls.py runs."""

import os
import shutil
import subprocess

import lit.formats
import lit.Test


CHECKS = {"checkpoints": "check.py", "decoders": "check_calls.py"}


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
        check = CHECKS[os.path.basename(os.path.dirname(test.getSourcePath()))]
        check = os.path.join(os.path.dirname(__file__), check)
        done = subprocess.run(
            [test.config.python, check, test.getSourcePath(), scratch],
            env=test.config.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        if done.returncode:
            return lit.Test.FAIL, done.stdout
        shutil.rmtree(scratch)
        return lit.Test.PASS, done.stdout
