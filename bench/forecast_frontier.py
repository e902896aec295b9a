"""Cost against loss: what a grid of policies costs and loses relative to the HPA at 70 % alone, in the product's own
simulation of the HPA, which `backtest --json` reports."""

import math

import forecast_product

STARTUPS_SECONDS = (300, 600)
BASELINE_TARGET = 0.7
HPA_TARGETS = (0.7, 0.8, 0.9)
FLOOR_TARGETS = (0.75, 0.9, 1.0)
QUANTILES = (0.8, 0.9, 0.95, 0.99)
USUAL = (0.7, 0.75, 0.9)  # HPA target, floor target, quantile
NOTHING = 5e-5  # of all demand: an HPA that loses less alone leaves nothing to save
NONE_AS_GOOD = 1.5  # stands for "no policy" in the means


def policy_of(point):
    policy = point["policy"]
    return policy["hpaTarget"], policy["floorTarget"], policy["quantile"]


def is_asked_for(point):
    hpa_target, floor_target, quantile = policy_of(point)
    return point["withFloor"] and hpa_target in HPA_TARGETS and floor_target in FLOOR_TARGETS and quantile in QUANTILES


def relative(point, baseline):
    """(cost, loss) relative to the baseline; a loss where the baseline has none is infinite, none there is 1."""
    lost, baseline_lost = point["service"]["lostShare"], baseline["lostShare"]
    loss = lost / baseline_lost if baseline_lost > 0 else 1.0 if lost == 0 else math.inf
    return point["service"]["replicaHours"] / baseline["replicaHours"], loss


def evaluate(operator, trace, startup):
    """None stands for: no policy of the grid is as cheap (or as good) as the baseline, or it has no loss to compare with."""
    points = forecast_product.backtest(operator, trace, "--startup", f"{startup}s")["frontier"]
    baseline = next(point["service"] for point in points
                    if not point["withFloor"] and point["policy"]["hpaTarget"] == BASELINE_TARGET)
    judged = {policy_of(point): relative(point, baseline) for point in points if is_asked_for(point)}
    expected = len(HPA_TARGETS) * len(FLOOR_TARGETS) * len(QUANTILES)
    if len(judged) != expected:
        raise forecast_product.ProductError(f"{trace.name}: {len(judged)} of {expected} policies are in the frontier")
    usual_cost, usual_loss = judged[USUAL]
    saves = baseline["lostShare"] >= NOTHING
    return {
        "alone_lost_share": baseline["lostShare"],
        "loss_at_equal_cost": min((loss for cost, loss in judged.values() if cost <= 1), default=None) if saves else None,
        "cost_at_equal_loss": min((cost for cost, loss in judged.values() if loss <= 1), default=None),
        "usual_cost": usual_cost,
        "usual_loss": usual_loss if saves else None,
    }


def geometric_mean(values):
    if not values:
        return None
    limited = [NONE_AS_GOOD if value is None else max(value, 0.01) for value in values]
    return round(math.exp(sum(map(math.log, limited)) / len(limited)), 3)


def means(outcomes):
    """Of the outcomes of all traces; losses where the HPA alone loses at all."""
    busy = [outcome for outcome in outcomes if outcome["alone_lost_share"] >= NOTHING]
    return {
        "loss_at_equal_cost": geometric_mean([outcome["loss_at_equal_cost"] for outcome in busy]),
        "cost_at_equal_loss": geometric_mean([outcome["cost_at_equal_loss"] for outcome in outcomes]),
        "usual_cost": geometric_mean([outcome["usual_cost"] for outcome in outcomes]),
        "usual_loss": geometric_mean([outcome["usual_loss"] for outcome in busy]),
    }
