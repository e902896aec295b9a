"""Files of other projects, from their Go modules."""

import json
import os
import subprocess


def file_of(module, path):
    """The path of a file of a module, "example.org/name@v1.2.3". Downloaded once; the Go module cache keeps it."""
    done = subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, text=True, cwd="/",
                          timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(f"cannot fetch {module}; Go modules come from GOPROXY: {done.stdout} {done.stderr}")
    return os.path.join(json.loads(done.stdout)["Dir"], path)
