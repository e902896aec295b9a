"""A CA and certificates of it, as files, by openssl."""

import os
import subprocess
from pathlib import Path

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def openssl(*arguments, stdin=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Authority:
    def __init__(self, directory, name="test-ca"):
        self._directory = Path(directory, name)
        self._directory.mkdir()
        self.certificate = self._directory / "ca.crt"
        self._key = self._directory / "ca.key"
        openssl("req", "-x509", *KEY, "-days", 2, "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
                "-keyout", self._key, "-out", self.certificate)

    def issue(self, subject, name, days=2):
        """Files NAME.crt and NAME.key of a certificate for this machine, such as "/CN=keda/O=scalers"; with -1 days one that
        has expired."""
        certificate, key = self._directory / f"{name}.crt", self._directory / f"{name}.key"
        request = openssl("req", "-new", *KEY, "-subj", subject, "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                          "-keyout", key)
        openssl("x509", "-req", "-CA", self.certificate, "-CAkey", self._key, "-copy_extensions", "copy", "-days", days,
                "-out", certificate, stdin=request)
        return certificate, key


class SecretVolume:
    """A directory of files that are replaced all at once, as the kubelet does it with the volume of a Secret."""

    def __init__(self, directory):
        self.path = Path(directory)
        self.path.mkdir()
        self._generation = 0

    def write(self, **files):
        """Files by their names, with "_" for "."; their content is that of other files."""
        self._generation += 1
        generation = self.path / f"..{self._generation}"
        generation.mkdir()
        for name, source in files.items():
            (generation / name.replace("_", ".")).write_bytes(Path(source).read_bytes())
        link = self.path / "..new"
        link.symlink_to(generation.name)
        os.rename(link, self.path / "..data")
        for name in files:
            path = self.path / name.replace("_", ".")
            if not path.is_symlink():
                path.symlink_to(f"..data/{path.name}")
