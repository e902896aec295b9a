"""A clean release build without the compiler cache, and a rebuild after a change of one file."""

import os
import shutil
import subprocess
import time

import report

BUILD = report.ROOT / "build/bench-build"
CHANGED = report.ROOT / "operator/decide/floor.cc"
TARGETS = ("deepseek-operator", "demo-workload", "demo-load")


def run(*command):
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=report.ROOT, env={**os.environ, "CCACHE_DISABLE": "1"})
    return round(time.monotonic() - began, 1)


def main():
    shutil.rmtree(BUILD, ignore_errors=True)
    run("cmake", "--preset", "release", "-B", str(BUILD), "-DBUILD_TESTING=OFF")
    clean = run("cmake", "--build", str(BUILD), "--target", *TARGETS)
    os.utime(CHANGED)
    rebuild = run("cmake", "--build", str(BUILD), "--target", *TARGETS)
    shutil.rmtree(BUILD)
    report.write("build", {"clean_seconds": clean, "one_file_seconds": rebuild}, {"clean_seconds": 360, "one_file_seconds": 30})


if __name__ == "__main__":
    main()
