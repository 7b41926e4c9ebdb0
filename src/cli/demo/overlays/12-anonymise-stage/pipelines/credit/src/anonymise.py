"""Removes what names a person and coarsens what could single one out."""

import sys

import pandas as pd

DROPPED = ["loan_id", "name", "date_of_birth", "postcode"]
MINIMUM_GROUP = 5


def anonymise(loans: pd.DataFrame) -> pd.DataFrame:
    out = loans.copy()
    out["age_band"] = (2026 - pd.to_datetime(out.date_of_birth).dt.year) // 10
    out["area"] = out.postcode.astype(str).str[:2]
    out = out.drop(columns=DROPPED)
    sizes = out.groupby(["age_band", "area", "sex"])["sex"].transform("size")
    out.loc[sizes < MINIMUM_GROUP, "area"] = "other"
    return out


if __name__ == "__main__":
    source, target = sys.argv[1:]
    anonymise(pd.read_parquet(source)).to_parquet(target)
