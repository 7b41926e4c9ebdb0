"""Compares the model's decisions between groups with fairlearn; fails above a maximum difference."""

import argparse
import sys

import pandas as pd
import xgboost as xgb
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--features", default="work/features.parquet")
    parser.add_argument("--max-difference", type=float, default=0.10)
    args = parser.parse_args()
    frame = pd.read_parquet(args.features)
    model = xgb.XGBClassifier()
    model.load_model(args.model)
    decisions = model.predict(frame.drop(columns=["defaulted", "sex", "age_band"]))
    worst = 0.0
    for group in ("sex", "age_band"):
        for metric in (demographic_parity_difference, equalized_odds_difference):
            value = metric(frame["defaulted"], decisions, sensitive_features=frame[group])
            print(f"{metric.__name__} by {group}: {value:.3f}")
            worst = max(worst, value)
    return 0 if worst <= args.max_difference else 1


if __name__ == "__main__":
    sys.exit(main())
