"""Scores the credit model on the held-out loans; fails below a minimum AUC."""

import argparse
import json
import sys

import pandas as pd
import xgboost as xgb
import yaml
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--features", default="work/features.parquet")
    parser.add_argument("--report")
    parser.add_argument("--thresholds")
    args = parser.parse_args()
    frame = pd.read_parquet(args.features)
    _, test = train_test_split(frame, test_size=0.2, random_state=20260402, stratify=frame["defaulted"])
    model = xgb.XGBClassifier()
    model.load_model(args.model)
    scores = model.predict_proba(test.drop(columns=["defaulted", "sex", "age_band"]))[:, 1]
    auc = float(roc_auc_score(test["defaulted"], scores))
    if args.report:
        with open(args.report, "w") as file:
            json.dump({"auc": round(auc, 4), "rows": len(test)}, file, indent=2)
    print(f"AUC {auc:.4f}")
    minimum = 0.0
    if args.thresholds:
        with open(args.thresholds) as file:
            minimum = yaml.safe_load(file)["min_auc"]
    return 0 if auc >= minimum else 1


if __name__ == "__main__":
    sys.exit(main())
