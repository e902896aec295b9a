"""Decisions: one of one service, and one of each of 10,000, forecast and explanation included."""

import json
import subprocess

import report

SPEED = report.ROOT / "build/release/decide_speed"


def main():
    answer = json.loads(subprocess.run([SPEED], capture_output=True, text=True, check=True).stdout)
    figures = {"microseconds_a_decision": answer["decision_us"], "of_which_forecast": answer["forecast_us"],
               "of_which_floor_and_explanation": answer["decide_us"], "seconds_for_10000_services": answer["all_seconds"],
               "forecasters_shared": answer["forecasters"]}
    report.write("decide", figures, {"microseconds_a_decision": 50, "seconds_for_10000_services": 1}, details=answer)


if __name__ == "__main__":
    main()
