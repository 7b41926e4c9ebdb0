package probity.lib.paths_test

import rego.v1

import data.probity.lib.paths

test_parts if {
	paths.folder("a/b/c.py") == "a/b"
	paths.folder("c.py") == ""
	paths.name("a/b/c.py") == "c.py"
	paths.inside("", "x") == "x"
	paths.inside("a", "x") == "a/x"
}

test_resolved if {
	paths.resolved("a/b", "c.py") == "a/b/c.py"
	paths.resolved("", "./c.py") == "c.py"
	paths.resolved("a/b", "../c.py") == "a/c.py"
	paths.resolved("a/b", "../../d/c.py") == "d/c.py"
	paths.resolved("a/b", "x/../../d/./c.py") == "a/d/c.py"
}
