package probity.lib.accelerators_test

import rego.v1

import data.probity.lib.accelerators

with_limits(limits) := {"resources": {"limits": limits}}

test_accelerators if {
	every name in [
		"nvidia.com/gpu", "nvidia.com/gpu.shared", "nvidia.com/mig-1g.5gb", "amd.com/gpu", "aws.amazon.com/neuron",
		"google.com/tpu", "habana.ai/gaudi", "gpu.intel.com/i915",
	] {
		accelerators.requested(with_limits({name: 1, "cpu": 2})) == {name}
	}
	accelerators.requested(with_limits({"cpu": 2, "example.com/nvidia.com/gpu": 1})) == set()
	accelerators.requested({"resources": {"requests": {"nvidia.com/gpu": "1"}}}) == {"nvidia.com/gpu"}
	accelerators.requested(with_limits({"nvidia.com/gpu": "0"})) == set()
	accelerators.requested({}) == set()
}

test_number if {
	accelerators.number(with_limits({"nvidia.com/gpu": "8", "cpu": 64})) == 8
	accelerators.number({"resources": {"requests": {"nvidia.com/gpu": 2}, "limits": {"nvidia.com/gpu": 4}}}) == 4
	accelerators.number(with_limits({"nvidia.com/gpu": "{{ gpus }}"})) == 0
	accelerators.number({}) == 0
}
