"""Trains the credit model."""

import sys

import pandas as pd
import xgboost as xgb
import yaml
from sklearn.model_selection import train_test_split

TARGET = "defaulted"
NOT_FOR_TRAINING = [TARGET, "sex", "age_band"]


def main(source: str, target: str) -> None:
    with open("params.yaml") as file:
        params = yaml.safe_load(file)["train"]
    frame = pd.read_parquet(source)
    train, _ = train_test_split(
        frame, test_size=params["test_share"], random_state=params["seed"], stratify=frame[TARGET]
    )
    model = xgb.XGBClassifier(
        max_depth=params["max_depth"],
        learning_rate=params["learning_rate"],
        n_estimators=params["rounds"],
        random_state=params["seed"],
    )
    model.fit(train.drop(columns=NOT_FOR_TRAINING), train[TARGET])
    model.save_model(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
