# METADATA
# title: No AI impact assessment / DPIA / FRIA for a person-affecting system
# description: >-
#   A system that is high risk or affects persons has no impact assessment that is recent, names its owner and
#   reviewers and was reviewed by somebody other than its author. An assessment is a file such as dpia.md or
#   docs/fria/credit.md that names the system or no other one, or an entry of `assessments` in
#   `.probity/system.yaml`: `{path, date, owner, reviewers}`, or `{pointer, sha256, date, owner, reviewers}` for one
#   that is kept elsewhere. The newest one counts. Its date stands in it (`Date: ...`, as are `Owner:` and
#   `Reviewers:`), in its name, or is that of its last commit. What it says is for a person to judge.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: Regulation (EU) 2016/679 (GDPR), Article 35
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Article 27
# custom:
#   id: PB-DOC-005
#   version: 1
#   severity: high
#   scope: repository
#   needs: [systems]
#   inputs: [git]
#   controls:
#     - "GDPR:35.1"
#     - "GDPR:35.7"
#     - "EU-AIA:27.1"
#     - "CCPA-REGS:7150(b)(3)"
#     - "CCPA-REGS:7152"
#     - "CCPA-REGS:7155"
#     - "ISO42001:A.5.2"
#     - "ISO42001:A.5.3"
#     - "NIST-AI-RMF:MAP 5.1"
#     - "UNESCO:50"
#   remediation: >-
#     Write the assessment, or review the one that is out of date, and have somebody else approve it.
#   applies_when: >-
#     a system declares risk_class: high or affects_persons: true
#   params:
#     - assessment_fields
#     - assessment_files
#     - assessment_max_age_days
#     - generic_model_words
package probity.doc_005

import rego.v1

import data.probity.lib.cards
import data.probity.lib.dates
import data.probity.lib.reviews
import data.probity.lib.shape
import data.probity.lib.systems
import data.probity.params

in_scope(system) if systems.high(system)

in_scope(system) if system.affects_persons == true

subjects := [system | some system in input.systems; in_scope(system)]

present(path) if {
	file := input.files[path]
	not file.empty
}

# A file is about the systems that it names or that own it; one that names none is about all.
about(system, path) if systems.owns(system, path)

about(system, path) if count(cards.words(path) & cards.words(system.id)) > 0

concerns(system, path) if about(system, path)

concerns(_, path) if count({other.id | some other in input.systems; about(other, path)}) == 0

files := {path | some path, _ in input.files; regex.match(params.assessment_files, path); present(path)}

declared(system) := {{"path": path, "at": ["assessments", i], "entry": object.union(front(path), entry)} |
	some i, entry in shape.member(system, "assessments")
	is_object(entry)
	path := object.get(entry, "path", object.get(entry, "pointer", ""))
	available(entry)
}

available(entry) if present(entry.path)

# Kept elsewhere: a pointer and the digest of what it points at.
available(entry) if {
	is_string(entry.pointer)
	regex.match(`^[0-9a-fA-F]{64}$`, entry.sha256)
}

found(system) := {{"path": path, "at": [], "entry": front(path)} |
	some path in files
	concerns(system, path)
	every known in declared(system) { known.path != path }
}

assessments(system) := declared(system) | found(system)

# What a text says about itself, in front matter, as a list or as a table: `Owner: ...`, `| Owner | ... |`.
front(path) := {field: value |
	some document in input.documents
	document.path == path
	some field, names in aliases
	some match in regex.find_all_string_submatch_n(line(names), document.text, 1)
	value := match[1]
}

line(names) := sprintf(`(?im)^[ \t>*|#_-]*(?:%s)[ *_]*[:|][ *_]*([^\s*_|][^|\n]*)`, [concat("|", names)])

# A text that is not at hand, or a format that is not read, may say it all the same.
unread(path) if {
	count([document | some document in input.documents; document.path == path; is_string(document.text)]) == 0
}

dated(assessment) := text if {
	text := trim_space(assessment.entry.date)
	dates.instant(text)
} else := text if {
	some match in regex.find_n(`\d{4}-\d{2}(-\d{2})?`, assessment.path, 1)
	text := match
	dates.instant(text)
} else := committed(assessment.path)

committed(path) := input.history.last_changed[path].date

# The newest, and of several as new the first by name.
newest(system) := [assessment |
	some path in sort([a.path | some a in assessments(system)])
	some assessment in assessments(system)
	assessment.path == path
	age(assessment) == max({age(a) | some a in assessments(system)})
][0]

age(assessment) := dates.instant(dated(assessment)) if {
	dates.instant(dated(assessment))
} else := 0

finding(system, key, path, message, evidence) := {
	"msg": sprintf("System %s %s", [systems.title(system), message]),
	"resource": systems.subject(system),
	"key": key,
	"path": path,
	"evidence": evidence,
}

deny contains finding(system, "", path, message, {"assessments": 0}) if {
	some system in subjects
	count(assessments(system)) == 0
	path := [key | some key in ["assessments"]; system[key]]
	message := "affects persons or is high risk, and there is no impact assessment of it in the repository."
}

deny contains finding(system, "date", a.at, message, {"assessment": a.path, "date": dated(a)}) if {
	some system in subjects
	a := newest(system)
	dates.older(dated(a), params.assessment_max_age_days, input.now)
	message := sprintf("has an impact assessment that is out of date: %s of %s.", [a.path, substring(dated(a), 0, 10)])
}

aliases := {
	"date": {"date", "dated", "last reviewed", "reviewed on"},
	"owner": {"owner", "author", "responsible"},
	"reviewers": {"reviewers?", "reviewed[ _-]by", "approvers?", "approved[ _-]by", "signed[ _-]off[ _-]by"},
}

lacking(assessment) := concat(" and ", [field |
	some field in params.assessment_fields
	not cards.filled(object.get(assessment.entry, field, ""))
])

silent(assessment) if {
	assessment.at == []
	unread(assessment.path)
}

deny contains finding(system, "fields", a.at, message, {"assessment": a.path, "missing": lacking(a)}) if {
	some system in subjects
	a := newest(system)
	not silent(a)
	lacking(a) != ""
	message := sprintf("has an impact assessment that names no %s: %s.", [lacking(a), a.path])
}

history_of(path) := reviews.touching(path)

approved(path) if {
	some commit in history_of(path)
	reviews.reviewed(commit)
}

requested(path) if {
	some commit in history_of(path)
	reviews.by_request(commit)
}

deny contains finding(system, "approval", a.at, message, {"assessment": a.path, "author": author}) if {
	some system in subjects
	a := newest(system)
	author := reviews.author(history_of(a.path)[0])
	not approved(a.path)
	not requested(a.path)
	message := sprintf("has an impact assessment that nobody but its author approved: %s by %s.", [a.path, author])
}

inconclusive contains finding(system, "approval", a.at, message, {"assessment": a.path}) if {
	some system in subjects
	a := newest(system)
	present(a.path)
	not approved(a.path)
	unclear(a)
	message := sprintf("has an impact assessment, and git does not tell who approved it: %s.", [a.path])
}

unclear(assessment) if count(history_of(assessment.path)) == 0

unclear(assessment) if requested(assessment.path)

inconclusive contains finding(system, "fields", a.at, message, {"assessment": a.path}) if {
	some system in subjects
	a := newest(system)
	silent(a)
	message := sprintf("has an impact assessment whose owner and reviewers cannot be read here: %s.", [a.path])
}

not_applicable contains f if {
	some system in input.systems
	not in_scope(system)
	f := {
		"msg": sprintf("system %s declares neither risk_class: high nor affects_persons: true", [systems.title(system)]),
		"resource": systems.subject(system),
		"key": "",
		"path": [],
		"evidence": {},
	}
}

not_applicable contains {"msg": "no AI system is declared", "key": "", "path": [], "evidence": {}} if {
	count(input.systems) == 0
}
