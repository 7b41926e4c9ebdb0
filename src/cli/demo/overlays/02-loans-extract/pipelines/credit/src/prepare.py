"""Joins the monthly loan extracts and drops what cannot be scored."""

import argparse
from pathlib import Path

import pandas as pd

COLUMNS = [
    "loan_id", "name", "date_of_birth", "postcode", "sex",
    "income_eur", "amount_eur", "term_months", "purpose", "defaulted",
]


def load(folder: Path) -> pd.DataFrame:
    parts = [pd.read_csv(path, usecols=COLUMNS) for path in sorted(folder.glob("*.csv"))]
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    loans = load(args.input)
    loans = loans[(loans.income_eur > 0) & (loans.amount_eur > 0)].drop_duplicates("loan_id")
    args.output.parent.mkdir(parents=True, exist_ok=True)
    loans.to_parquet(args.output)


if __name__ == "__main__":
    main()
