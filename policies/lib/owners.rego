# Who owns a path, by the rules of CODEOWNERS as GitHub and GitLab document them: the last rule that matches wins, with
# GitLab's sections the last of each section, together.
package probity.lib.owners

import rego.v1

# The rules with their patterns as regular expressions, made once for many paths.
read(rules) := [object.union(rule, {"expression": expression(rule.pattern)}) | some rule in rules]

# Who owns a path by rules that were read.
of(rules, path) := {owner |
	some section in {object.get(rule, "section", null) | some rule in rules}
	matching := [rule |
		some rule in rules
		object.get(rule, "section", null) == section
		regex.match(rule.expression, path)
	]
	count(matching) > 0
	some owner in matching[count(matching) - 1].owners
}

# A pattern as a regular expression: gitignore's, without negation and ranges; `docs/*` stays in its folder.
expression(pattern) := concat("", [start(pattern), body(trim_suffix(trim_prefix(pattern, "/"), "/")), end(pattern)])

# A slash anywhere but at the end ties the pattern to the root.
start(pattern) := "^" if {
	contains(trim_suffix(pattern, "/"), "/")
} else := "^(.*/)?"

end(pattern) := "/.*$" if {
	endswith(pattern, "/")
} else := "$" if {
	endswith(pattern, "/*")
} else := "(/.*)?$"

# Stars are put aside while the other signs are escaped.
body(pattern) := whole if {
	aside := replace(replace(replace(replace(pattern, "**/", "\u0001"), "**", "\u0002"), "*", "\u0003"), "?", "\u0004")
	escaped := regex.replace(aside, `[.+^$(){}|\[\]\\]`, "\\$0")
	folders := replace(replace(escaped, "\u0001", "(.*/)?"), "\u0002", ".*")
	whole := replace(replace(folders, "\u0003", "[^/]*"), "\u0004", "[^/]")
}
