# Who else looked at a commit.
package probity.lib.reviews

import rego.v1

# Somebody other than its author reviewed, approved or merged it.
reviewed(commit) if count(object.get(commit, "reviewers", [])) > 0

reviewed(commit) if object.get(commit, "approved", false) == true

# It came through a pull request, but git does not tell who reviewed it: squashed commits lose their reviewers.
by_request(commit) if {
	not reviewed(commit)
	is_string(object.get(commit, "pull_request", null))
}

default commits := []

commits := input.history.commits

# The commits known to touch a path.
touching(path) := [commit | some commit in commits; path in commit.paths]

author(commit) := commit.author.email if {
	commit.author.email != ""
} else := commit.author.name

short(id) := substring(id, 0, 12)
