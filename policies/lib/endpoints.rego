# SageMaker endpoints, and the monitors that watch them, in their three spellings.
package probity.lib.endpoints

import rego.v1

import data.probity.lib.reading

# Where an endpoint, a job definition and a schedule keep their names.
endpoint_names := {
	"aws_sagemaker_endpoint": "name",
	"awscc_sagemaker_endpoint": "endpoint_name",
	"AWS::SageMaker::Endpoint": "EndpointName",
}

definition_names := {
	"aws_sagemaker_data_quality_job_definition": "name",
	"awscc_sagemaker_data_quality_job_definition": "job_definition_name",
	"awscc_sagemaker_model_bias_job_definition": "job_definition_name",
	"awscc_sagemaker_model_explainability_job_definition": "job_definition_name",
	"awscc_sagemaker_model_quality_job_definition": "job_definition_name",
	"AWS::SageMaker::DataQualityJobDefinition": "JobDefinitionName",
	"AWS::SageMaker::ModelBiasJobDefinition": "JobDefinitionName",
	"AWS::SageMaker::ModelExplainabilityJobDefinition": "JobDefinitionName",
	"AWS::SageMaker::ModelQualityJobDefinition": "JobDefinitionName",
}

schedule_names := {
	"aws_sagemaker_monitoring_schedule": "name",
	"awscc_sagemaker_monitoring_schedule": "monitoring_schedule_name",
	"AWS::SageMaker::MonitoringSchedule": "MonitoringScheduleName",
}

endpoints(resources) := [r | some r in resources; endpoint_names[r.type]]

definitions(resources) := [r | some r in resources; definition_names[r.type]]

schedules(resources) := [r | some r in resources; schedule_names[r.type]]

naming(path) if path[count(path) - 1] in {"endpoint_name", "EndpointName"}

# A definition, or a schedule that defines its job in place, names the endpoint.
watches(r, endpoint) if {
	some reference in r.references
	naming(reference.path)
	reading.refers(r, reference.path, endpoint)
}

watches(r, endpoint) if {
	walk(r.attributes, [path, text])
	naming(path)
	not reading.unknown(r, path)
	own := endpoint_names[endpoint.type]
	not reading.unknown(endpoint, [own])
	text == endpoint.attributes[own]
}

configurations(schedule) := reading.blocks(schedule, reading.whole(schedule), "monitoring_schedule_config")

defines(schedule, definition) if {
	some configuration in configurations(schedule)
	own := definition_names[definition.type]
	reading.points(schedule, configuration, "monitoring_job_definition_name", definition, own)
}

# A job that is defined in place looks at data quality unless it says otherwise.
types(schedule) := {type |
	some configuration in configurations(schedule)
	type := reading.value(schedule, configuration, "monitoring_type", "DataQuality")
}

monitors(_, schedule, endpoint) if watches(schedule, endpoint)

monitors(resources, schedule, endpoint) if {
	some definition in definitions(resources)
	defines(schedule, definition)
	watches(definition, endpoint)
}

# What the schedule watches can be told: an endpoint that is here, or a name that is none of them.
resolved(resources, schedule) if {
	some endpoint in endpoints(resources)
	monitors(resources, schedule, endpoint)
}

resolved(resources, schedule) if {
	some place in array.concat([schedule], definitions(resources))
	walk(place.attributes, [path, text])
	naming(path)
	not reading.unknown(place, path)
	is_string(text)
	own_or_defined(schedule, place)
}

own_or_defined(schedule, place) if schedule.subject == place.subject

own_or_defined(schedule, place) if defines(schedule, place)
