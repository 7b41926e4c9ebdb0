# Instants and ages. The only clock is `input.now`, the instant of the audit.
package probity.lib.dates

import rego.v1

day := 86400000000000

# Nanoseconds of RFC 3339, of a bare date (its first instant) or of a month (its first day). Anything else is undefined.
instant(text) := time.parse_rfc3339_ns(text) if {
	is_string(text)
	regex.match(`^\d{4}-\d{2}-\d{2}[Tt]`, text)
} else := time.parse_rfc3339_ns(sprintf("%sT00:00:00Z", [text])) if {
	is_string(text)
	regex.match(`^\d{4}-\d{2}-\d{2}$`, text)
} else := time.parse_rfc3339_ns(sprintf("%s-01T00:00:00Z", [text])) if {
	is_string(text)
	regex.match(`^\d{4}-\d{2}$`, text)
}

# Whole days from one instant to a later one.
days(from, to) := floor((instant(to) - instant(from)) / day)

# Older than a number of days at the instant of the audit.
older(text, limit, now) if days(text, now) > limit
