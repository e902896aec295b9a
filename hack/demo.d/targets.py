"""Keeps a Prometheus file_sd file equal to the pods of a service (Debian's Prometheus has no Kubernetes discovery)."""
import argparse
import json
import os
import subprocess
import time

POLL_SECONDS = 2.0


def targets(arguments):
    answer = subprocess.run(
        [arguments.kubectl, "--kubeconfig", arguments.kubeconfig, "get", "pods", "-n", arguments.namespace,
         "-l", f"deepseek-operator.dev/service={arguments.service}", "-o", "json"],
        capture_output=True, check=True)
    for pod in json.loads(answer.stdout)["items"]:
        address = pod["status"].get("podIP")
        if address and pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]:
            yield {"targets": [f"{address}:8000"],
                   "labels": {"namespace": arguments.namespace, "service": arguments.service,
                              "pod": pod["metadata"]["name"]}}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("kubectl", "kubeconfig", "namespace", "service", "output"):
        parser.add_argument(f"--{name}", required=True)
    arguments = parser.parse_args()
    while True:
        try:
            text = json.dumps(sorted(targets(arguments), key=lambda entry: entry["targets"]))
        except subprocess.CalledProcessError as error:
            print(error.stderr.decode(errors="replace"), flush=True)
        else:
            temporary = arguments.output + ".new"
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, arguments.output)
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
