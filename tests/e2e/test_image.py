"""The image that hack/image has built, without a cluster."""

import json
import os
import re
import subprocess
import tempfile
import unittest
import zoneinfo
from pathlib import Path

from harness import environment

IMAGE = os.environ["DEEPSEEK_OPERATOR_IMAGE"]
PROGRAM = "/usr/bin/deepseek-operator"
MOST_MEGABYTES = 60
SHELLS = {"sh", "bash", "dash", "ash", "busybox", "zsh", "ksh", "env", "apt-get", "dpkg"}


def buildah(*arguments):
    return subprocess.run(["buildah", *arguments], capture_output=True, text=True, check=True).stdout.strip()


class ImageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        container = buildah("from", "--pull-never", IMAGE)
        cls.addClassCleanup(buildah, "rm", container)
        cls.root = Path(buildah("mount", container))
        cls.config = json.loads(buildah("inspect", "--type", "image", IMAGE))["OCIv1"]["config"]

    def run_in_image(self, *arguments, stdin=""):
        """As the image's user, with nothing but the image's files."""
        return subprocess.run(["chroot", "--userspec=65532:65532", str(self.root), PROGRAM, *arguments], input=stdin,
                              capture_output=True, text=True, check=False)

    def files(self):
        for directory, _, names in os.walk(self.root):
            yield from (Path(directory) / name for name in names)

    def test_size(self):
        with tempfile.TemporaryDirectory() as directory:
            archive = Path(directory) / "image.tar"
            buildah("push", "--quiet", IMAGE, f"docker-archive:{archive}")
            megabytes = archive.stat().st_size / 1e6
        print(f"size of the image: {megabytes:.1f} MB (goal: {MOST_MEGABYTES})")
        self.assertLessEqual(megabytes, MOST_MEGABYTES)

    def test_runs_its_version_as_an_unprivileged_user(self):
        self.assertEqual(self.config["User"], "65532:65532")
        self.assertEqual(self.config["Entrypoint"], [PROGRAM])
        project = (environment.ROOT / "CMakeLists.txt").read_text()
        version = re.search(r"^project\(.* VERSION ([0-9.]+)", project, re.MULTILINE).group(1)
        done = self.run_in_image("--version")
        self.assertEqual((done.returncode, done.stdout), (0, f"deepseek-operator {version}\n"), done.stderr)
        self.assertEqual(self.config["Labels"]["org.opencontainers.image.version"], version)

    def test_labels(self):
        labels = self.config["Labels"]
        self.assertEqual(labels["org.opencontainers.image.title"], "deepseek-operator")
        self.assertEqual(labels["org.opencontainers.image.licenses"], "Apache-2.0")
        self.assertRegex(labels["org.opencontainers.image.revision"], "^([0-9a-f]{40}|unknown)$")
        self.assertTrue(labels["org.opencontainers.image.source"].startswith("https://"))

    def test_has_no_shell_and_one_program(self):
        programs = [path for path in (self.root / "usr/bin").iterdir()]
        self.assertEqual([path.name for path in programs], ["deepseek-operator"])
        self.assertEqual([str(path) for path in self.files() if path.name in SHELLS], [])

    def test_nothing_in_it_may_be_written_or_grants_rights(self):
        for path in [self.root, *self.files()]:
            if path.is_symlink():
                continue
            status = path.stat()
            self.assertEqual((status.st_uid, status.st_gid), (0, 0), str(path))
            self.assertEqual(status.st_mode & 0o6022, 0, f"{path} has mode {status.st_mode:o}")

    def test_has_no_debugging_symbols(self):
        sections = subprocess.run(["readelf", "-SW", str(self.root) + PROGRAM], capture_output=True, text=True, check=True).stdout
        self.assertNotIn(".symtab", sections)

    def test_every_time_zone_loads(self):
        names = zoneinfo.available_timezones() - {"localtime"}
        self.assertGreater(len(names), 400)
        for name in names:
            with (self.root / "usr/share/zoneinfo" / name).open("rb") as file:
                zoneinfo.ZoneInfo.from_file(file, key=name)

    def test_the_program_finds_time_zones(self):
        trace = "".join(f"{1_760_000_000 + 300 * row},{10 + row % 288}\n" for row in range(288 * 9))
        flags = ["--capacity-per-replica", "10", "--warmup", "5d", "--time-zone"]
        for zone in ("Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham"):
            done = self.run_in_image("backtest", "-", *flags, zone, stdin=trace)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotEqual(self.run_in_image("backtest", "-", *flags, "Europe/Nowhere", stdin=trace).returncode, 0)

    def test_public_authorities_are_trusted_by_hash(self):
        certificates = list((self.root / "usr/lib/ssl").iterdir())
        self.assertEqual([(path.name, os.readlink(path)) for path in certificates], [("certs", "/etc/ssl/certs")])
        hashes = list((self.root / "etc/ssl/certs").iterdir())
        self.assertGreater(len(hashes), 100)
        # Each is found by the hash of its subject; of two with the same subject, the first.
        done = subprocess.run(["openssl", "verify", "-no-CAfile", "-no-CAstore", "-no_check_time", "-CApath",
                               str(self.root / "etc/ssl/certs"), *(path for path in hashes if path.suffix == ".0")],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
