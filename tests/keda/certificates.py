"""A CA and certificates of it, as files."""

import subprocess
from pathlib import Path

NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]


class Authority:
    """Its certificate is ca.crt in `directory`."""

    def __init__(self, directory, name="test-ca"):
        self._directory = Path(directory)
        self._directory.mkdir(parents=True, exist_ok=True)
        self._request(f"/CN={name}", "ca", "basicConstraints=critical,CA:TRUE")
        self.certificate = self._directory / "ca.crt"

    def issue(self, name, common_name, alternative_names=()):
        """NAME.crt and NAME.key, for servers and clients; "DNS:…" and "IP:…" are alternative names."""
        names = ",".join(alternative_names) or "DNS:unused"
        self._request(f"/CN={common_name}", name, "basicConstraints=CA:FALSE", f"subjectAltName={names}",
                      signed=True)
        return self._directory / f"{name}.crt", self._directory / f"{name}.key"

    def _request(self, subject, name, *extensions, signed=False):
        signer = ["-CA", str(self._directory / "ca.crt"), "-CAkey", str(self._directory / "ca.key")] if signed else []
        added = [word for extension in extensions for word in ("-addext", extension)]
        done = subprocess.run(["openssl", "req", "-x509", *NEW_KEY, "-subj", subject, *added, *signer,
                               "-keyout", str(self._directory / f"{name}.key"), "-out", str(self._directory / f"{name}.crt")],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
