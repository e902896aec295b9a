"""The printed tables of bench/forecast.py."""

COLUMNS = (("wape", "WAPE %", 100, 2), ("ratio", "of last value", 1, 3), ("coverage", "covered %", 100, 1),
           ("coverage_in_rises", "in rises %", 100, 1), ("pinball_ratio", "pinball", 1, 3),
           ("coverage_of_peak", "maximum %", 100, 1))

LEGEND = """\
WAPE at the lead, and as a quotient to last value's on the same forecasts; the share of demand that the 0.9 quantile
covered, of all and of the fifth with the steepest rise over the lead; the pinball loss of that quantile as a quotient to
last value's with the conformal quantile of its own errors (rolling, 7 d); the share of maxima over the lead that the
product's quantile of the maximum covered. Last value, seasonal naive and Holt-Winters have such a conformal quantile
too, Prophet its own. Holt-Winters is fitted once, on the warm-up, and rolled forward with fixed parameters. Prophet is
fitted before each of a few days, spread over the trace; "on Prophet's days" is the product on the same forecasts. Times of
fits are with one for each core beside each other."""


def cell(value, factor, digits, width):
    return f"{'–' if value is None else f'{value * factor:.{digits}f}':>{width}}"


def trace_table(trace, methods):
    """`methods`: name -> measures."""
    step = f"{trace.step / 60:g} min"
    print(f"\n{trace.name}: {trace.days:.0f} d of {step}, lead {trace.lead_seconds / 60:g} min, "
          f"judged after {trace.warmup_days} d")
    width = max(map(len, methods))
    print("  " + " " * width + "  forecasts" + "".join(f"{title:>{len(title) + 2}}" for _, title, _, _ in COLUMNS))
    for name, measures in methods.items():
        cells = "".join(cell(measures.get(key), factor, digits, len(title) + 2) for key, title, factor, digits in COLUMNS)
        about = measures.get("about", "")
        print(f"  {name:{width}}  {measures['forecasts']:>9}{cells}{'  ' if about else ''}{about}")


def summary(results):
    """WAPE relative to last value, a row for each trace. `results`: trace name -> method name -> measures."""
    by_length = sorted(results.values(), key=len, reverse=True)
    names = list(dict.fromkeys(name for methods in by_length for name in methods if name != "last value"))
    width = max(map(len, results))
    print("\nWAPE relative to last value")
    print("  " + " " * width + "".join(f"  {name}" for name in names))
    for trace, methods in results.items():
        print(f"  {trace:{width}}" + "".join(cell(methods.get(name, {}).get("ratio"), 1, 3, len(name) + 2) for name in names))


OUTCOMES = (("alone_lost_share", "HPA 70 % loses %", 100, 3), ("loss_at_equal_cost", "loss at equal cost", 1, 3),
            ("cost_at_equal_loss", "cost at equal loss", 1, 3), ("usual_cost", "usual cost", 1, 3),
            ("usual_loss", "usual loss", 1, 3))
OUTCOMES_LEGEND = """
What scaling costs (replica-hours) and loses (demand beyond the ready replicas) with the floor, relative to the HPA at
70 % alone, in the product's simulation: the least loss of a policy that costs no more, the least cost of one that loses no
more (HPA target 70, 80, 90 % x floor target 75, 90, 100 % x quantile 0.8, 0.9, 0.95, 0.99; – where there is none), and
the usual policy (70 %, 75 %, 0.9). No losses where the HPA alone loses less than 0.005 %. Means are geometric."""


def scaling(outcomes, means):
    """`outcomes`: trace name -> start-up in seconds -> measures."""
    print(OUTCOMES_LEGEND)
    width = max(map(len, outcomes))
    for startup in next(iter(outcomes.values())):
        print(f"\npods start in {startup} s")
        print("  " + " " * width + "".join(f"  {title}" for _, title, _, _ in OUTCOMES))
        rows = {name: by_startup[startup] for name, by_startup in outcomes.items()}
        for name, row in (rows | {"mean": means(rows.values())}).items():
            cells = "".join(cell(row.get(key), factor, digits, len(title) + 2) for key, title, factor, digits in OUTCOMES)
            print(f"  {name:{width}}{cells}")
