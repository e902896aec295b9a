"""Python code for protocols of gRPC, made by protoc and importable from then on."""

import atexit
import shutil
import subprocess
import sys
import tempfile

from . import environment

FOLDERS = (environment.ROOT / "proto", environment.ROOT / "tests/integration/proto")


def generate(directory, *protos):
    """The code of files below FOLDERS, such as deepseek/forecast/v1/forecast.proto, into `directory`."""
    subprocess.run(["protoc", *(f"-I{folder}" for folder in FOLDERS), f"--python_out={directory}", f"--grpc_out={directory}",
                    "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin", *protos], check=True)


def provide(*protos):
    """Makes the modules of these files importable in this process."""
    directory = tempfile.mkdtemp(prefix="it-grpc-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    generate(directory, *protos)
    sys.path.append(directory)
