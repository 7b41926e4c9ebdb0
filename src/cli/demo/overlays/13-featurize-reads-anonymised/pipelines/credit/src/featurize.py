"""Turns anonymised loans into model features."""

import sys

import pandas as pd


def features(loans: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame(index=loans.index)
    frame["amount_to_income"] = loans.amount_eur / loans.income_eur
    frame["monthly_rate"] = loans.amount_eur / loans.term_months
    frame["age_band"] = loans.age_band
    frame["sex"] = loans.sex
    frame["defaulted"] = loans.defaulted
    return frame.join(pd.get_dummies(loans.purpose, prefix="purpose"))


if __name__ == "__main__":
    source, target = sys.argv[1:]
    features(pd.read_parquet(source)).to_parquet(target)
