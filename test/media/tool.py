"""media_tool as a Python object."""

import json
import subprocess

import numpy as np


class Tool:
    """Sends requests to a media_tool; see there for what they are."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, data=b"", **request):
        """The answer's object and its bytes."""
        head = json.dumps({**request, "bytes": len(data)})
        self.process.stdin.write(head.encode() + b"\n" + data)
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the tool died of {head[:300]}")
        answer = json.loads(line)
        return answer, self.process.stdout.read(answer["bytes"])

    def image(self, data=b"", **request):
        """An answer that is an image, or the text of an error."""
        answer, pixels = self.ask(data, **request)
        if "error" in answer:
            return answer["error"]
        return np.frombuffer(pixels, np.uint8).reshape(answer["height"], answer["width"], 3)

    def pixels(self, array, **request):
        """The same, of an array of pixels."""
        height, width = array.shape[:2]
        return self.image(array.tobytes(), width=width, height=height, **request)
