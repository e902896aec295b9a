"""What the integration tests stand on: a cluster, a Prometheus and the operator's process."""
