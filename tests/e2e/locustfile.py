"""The traffic of a day on the service under test; ends at once, with exit code 1, where visitors would be let down.

Environment: E2E_RISE_AT, when the day rises, in seconds since 1970. Prints its figures as one line of JSON when it ends.
"""

import json
import math
import os
import time

from locust import FastHttpUser, LoadTestShape, constant_throughput, events, task

import day

MOST_ERRORS = 0.01            # of all requests
SLOWEST_MILLISECONDS = 2000   # that 95 % of the replies may take
JUDGED_FROM_REQUESTS = 200    # before that a few would be more than MOST_ERRORS
RISE_AT = float(os.environ["E2E_RISE_AT"])


class Visitor(FastHttpUser):
    """One request a second, each on a connection of its own: a Service balances connections."""

    wait_time = constant_throughput(1)

    @task
    def ask(self):
        self.client.post("/v1/chat/completions", headers={"Connection": "close"})


class Traffic(LoadTestShape):
    """As many visitors as the day has requests/s."""

    broken = None

    def tick(self):
        Traffic.broken = broken_limit(self.runner.stats.total)
        if Traffic.broken:
            return None
        visitors = math.ceil(day.rate(time.time(), RISE_AT))
        return visitors, visitors


def broken_limit(total):
    if total.num_requests < JUDGED_FROM_REQUESTS:
        return None
    if total.fail_ratio > MOST_ERRORS:
        return f"{total.fail_ratio:.2%} of the requests failed"
    slow = total.get_response_time_percentile(0.95)
    if slow > SLOWEST_MILLISECONDS:
        return f"5 % of the replies took more than {slow:.0f} ms"
    return None


@events.quitting.add_listener
def report(environment, **_):
    total = environment.stats.total
    environment.process_exit_code = 1 if Traffic.broken else 0
    print(json.dumps({
        "requests": total.num_requests, "failed": total.num_failures, "broken": Traffic.broken,
        "errors": sorted({str(error.error) for error in environment.stats.errors.values()}),
        "meanMilliseconds": round(total.avg_response_time),
        "p95Milliseconds": total.get_response_time_percentile(0.95)}), flush=True)
