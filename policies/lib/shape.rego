# Values as their authors wrote them: a list may turn out to be a text, or nothing. What has no members is walked as an
# empty list, so that one odd value does not stop a policy.
package probity.lib.shape

import rego.v1

each(value) := value if {
	is_array(value)
} else := value if {
	is_object(value)
} else := []

member(record, key) := each(object.get(record, key, []))
