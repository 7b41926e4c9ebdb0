# Paths as they stand in a file, from the root of the repository.
package probity.lib.paths

import rego.v1

folder(path) := concat("/", array.slice(parts, 0, count(parts) - 1)) if parts := split(path, "/")

name(path) := parts[count(parts) - 1] if parts := split(path, "/")

inside("", path) := path

inside(folder_, path) := sprintf("%s/%s", [folder_, path]) if folder_ != ""

# A path that a file in this folder names, with `.` and `..` worked out.
resolved(folder_, path) := concat("/", [steps[i] | some i, _ in steps; not dropped(steps, i)]) if {
	steps := [step | some step in array.concat(split(folder_, "/"), split(path, "/")); step != ""]
}

# `..` takes itself away and the folder before it; runs of them take as many.
dropped(steps, i) if steps[i] in {"..", "."}

dropped(steps, i) if {
	some j, _ in steps
	j > i
	between := array.slice(steps, i + 1, j + 1)
	ups := count([step | some step in between; step == ".."])
	ups == count([step | some step in between; not step in {"..", "."}]) + 1
}
