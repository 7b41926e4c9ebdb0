package probity.lib.dates_test

import rego.v1

import data.probity.lib.dates

test_three_spellings if {
	dates.days("2026-03-01", "2026-03-02T00:00:00Z") == 1
	dates.days("2026-03", "2026-03-31") == 30
	dates.days("2026-03-01T23:00:00+01:00", "2026-03-02T22:00:00Z") == 1
}

test_part_of_a_day_is_no_day if {
	dates.days("2026-03-01T12:00:00Z", "2026-03-02T11:59:59Z") == 0
}

test_other_texts_are_undefined if {
	every text in ["March 2026", "2026-13-01", "", "2026", 2026, null] {
		not dates.days(text, "2026-03-01")
	}
}

test_older_than_the_limit if {
	dates.older("2025-03-01", 365, "2026-03-02T00:00:00Z")
	not dates.older("2025-03-01", 365, "2026-03-01T00:00:00Z")
	not dates.older("spring", 365, "2026-03-01T00:00:00Z")
}
