package probity.lib.shape_test

import rego.v1

import data.probity.lib.shape

test_lists_and_mappings if {
	shape.each([1]) == [1]
	shape.each({"a": 1}) == {"a": 1}
	shape.member({"a": [1]}, "a") == [1]
}

test_anything_else_has_no_members if {
	every value in ["text", null, 5, true] {
		shape.each(value) == []
		shape.member({"a": value}, "a") == []
	}
	shape.member({}, "a") == []
}
