"""Files that are made of others."""

import os


def is_current(file, *sources):
    """Whether a file is there and no older than those it was made of."""
    return file.exists() and os.path.getmtime(file) >= max(map(os.path.getmtime, sources))
