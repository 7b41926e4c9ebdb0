# The accelerators that a container asks for.
package probity.lib.accelerators

import rego.v1

import data.probity.lib.settings
import data.probity.params

# Names of the accelerator resources in the container's requests and limits.
requested(container) := {name |
	some part in ["requests", "limits"]
	some name, amount in settings.items(object.get(container, ["resources", part], {}))
	accelerator(name)
	not amount in {0, "0"}
}

accelerator(name) if {
	is_string(name)
	some pattern in params.accelerator_resources
	regex.match(pattern, name)
}

# How many devices: the greatest number among the container's accelerators.
number(container) := max(amounts) if {
	amounts := {amount |
		some part in ["requests", "limits"]
		some name, value in settings.items(object.get(container, ["resources", part], {}))
		accelerator(name)
		regex.match(`^[0-9]+$`, sprintf("%v", [value]))
		amount := to_number(value)
	}
	count(amounts) > 0
} else := 0
