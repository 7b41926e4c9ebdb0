# METADATA
# title: Unsafe model serialisation format
# description: >-
#   A model is kept, registered or served in a format that can run code when it is loaded (pickle and what is
#   built on it), or a program loads such a file. An output of a DVC stage is made by the pipeline itself and is
#   low. What a program loads by a name that is computed, and KServe's scikit-learn server, which reads pickles
#   only, is for a person to judge. torch.load is judged by weights_only, whose default is safe from PyTorch 2.6
#   on.
# scope: package
# related_resources:
#   - ref: https://docs.python.org/3/library/pickle.html
#     description: The module pickle and its warning
#   - ref: https://huggingface.co/docs/hub/security-pickle
#     description: Pickle scanning on the Hub
#   - ref: https://docs.pytorch.org/docs/stable/generated/torch.load.html
#     description: torch.load and weights_only
# custom:
#   id: PB-SUP-003
#   version: 1
#   severity: high
#   scope: [document, resource]
#   selects:
#     - mlflow-model
#     - dvc
#     - dvc-file
#     - python
#     - InferenceService
#     - "AWS::SageMaker::Model"
#     - aws_sagemaker_model
#     - awscc_sagemaker_model
#     - google_vertex_ai_reasoning_engine
#   inputs:
#     - mlflow
#     - k8s
#     - code
#     - dvc
#     - cfn
#     - tf
#   controls:
#     - "EU-AIA:15.5"
#     - "OWASP-LLM:LLM03:2025"
#     - "OWASP-ML:ML06:2023"
#     - "OWASP-ML:ML10:2023"
#     - "ATLAS:AML.M0011"
#     - "ATLAS:AML.M0014"
#     - "NIST-800-53:SI-7"
#     - "SOC2:CC6.8"
#   remediation: >-
#     Use safetensors, ONNX or skops; load with weights_only=True.
#   aliases:
#     - B301
#     - B614
#   params:
#     - unsafe_model_suffixes
#     - unsafe_serialization_formats
#     - unsafe_loaders
#     - pickled_model_formats
package probity.sup_003

import rego.v1

import data.probity.lib.settings
import data.probity.params

unsafe(path) if {
	is_string(path)
	some suffix in params.unsafe_model_suffixes
	endswith(lower(path), suffix)
}

finding(key, path, message, evidence) := {"msg": message, "key": key, "path": path, "evidence": evidence}

remedy := "use safetensors, ONNX or skops"

# MLflow: the format of a flavor, else the file that it names.
deny contains finding(flavor, path, message, {"flavor": flavor, "format": format}) if {
	some flavor, settings_of in settings.items(input.flavors)
	format := settings_of.serialization_format
	format in params.unsafe_serialization_formats
	path := ["flavors", flavor, "serialization_format"]
	message := sprintf("The MLflow model is saved as %s by the flavor %s, which runs code on loading: %s.", [
		format, flavor, remedy,
	])
}

deny contains finding(concat(".", [flavor, name]), ["flavors", flavor, name], message, {"file": file}) if {
	some flavor, settings_of in settings.items(input.flavors)
	not settings_of.serialization_format
	some name in ["pickled_model", "python_model", "model_path", "data"]
	file := settings_of[name]
	unsafe(file)
	not saved_safely
	message := sprintf("The MLflow model keeps its content in %s, which can run code on loading: %s.", [file, remedy])
}

# One flavor says how the file that the others name is saved.
saved_safely if {
	some settings_of in settings.items(input.flavors)
	format := settings_of.serialization_format
	not format in params.unsafe_serialization_formats
}

# DVC: outputs that hold a model by their name.
model_like(path) if regex.match(`(?i)(^|[/_.-])(models?|classifier|regressor|estimator|checkpoint|weights|ckpt)`, path)

outputs contains {"stage": stage, "file": file, "path": ["stages", stage, "outs", i]} if {
	some stage, body in settings.items(input.stages)
	some i, out in settings.items(body.outs)
	file := name_of(out)
}

# An output is a path, or an object whose only key is the path.
name_of(out) := out if {
	is_string(out)
} else := file if {
	is_object(out)
	some file, _ in out
}

deny contains object.union(found, {"severity": "low"}) if {
	some output in outputs
	unsafe(output.file)
	model_like(output.file)
	message := sprintf("Stage %s writes the model %s, which can run code on loading: %s.", [
		output.stage, output.file, remedy,
	])
	found := finding(concat(":", [output.stage, output.file]), output.path, message, {"file": output.file})
}

deny contains finding(concat(":", ["artifact", name]), ["artifacts", name, "path"], message, {"file": file}) if {
	some name, artifact in settings.items(input.artifacts)
	object.get(artifact, "type", "model") == "model"
	file := artifact.path
	unsafe(file)
	message := sprintf("The registered artifact %s is %s, which can run code on loading: %s.", [name, file, remedy])
}

# A tracked file: where it came from is not known here.
deny contains finding(file, ["outs", i, "path"], message, {"file": file}) if {
	not input.stages
	some i, out in settings.items(input.outs)
	file := out.path
	unsafe(file)
	model_like(file)
	message := sprintf("The tracked model %s can run code on loading: %s.", [file, remedy])
}

# What is served.
served := {
	"InferenceService": [["spec", "predictor", "model", "storageUri"]],
	"AWS::SageMaker::Model": [["PrimaryContainer", "ModelDataUrl"], ["Containers", "ModelDataUrl"]],
	"aws_sagemaker_model": [["primary_container", "model_data_url"], ["container", "model_data_url"]],
	"awscc_sagemaker_model": [["primary_container", "model_data_url"], ["containers", "model_data_url"]],
}

deny contains finding(concat(".", names), place.path, message, {"file": place.value}) if {
	some names in served[input.type]
	some place in settings.places(input.attributes, names)
	unsafe(place.value)
	message := sprintf("%s serves %s, which can run code on loading: %s.", [settings.title(input), place.value, remedy])
}

review contains finding("modelFormat", path, message, {"format": format}) if {
	input.type == "InferenceService"
	path := ["spec", "predictor", "model", "modelFormat", "name"]
	format := object.get(input.attributes, path, "")
	format in params.pickled_model_formats
	message := sprintf("%s serves a %s model, whose server loads pickles only.", [settings.title(input), format])
}

deny contains finding(concat(".", names), place.path, message, {"file": place.value}) if {
	input.type == "google_vertex_ai_reasoning_engine"
	names := ["spec", "package_spec", "pickle_object_gcs_uri"]
	some place in settings.places(input.attributes, names)
	settings.given(place.value)
	message := sprintf("%s loads its agent from a pickle: deploy it from source instead.", [settings.title(input)])
}

# Python. A file that is fetched by its address is not one's own.
fetched(text) if {
	is_string(text)
	regex.match(`^(https?|s3|gs|hf|abfss?|wasbs?)://`, text)
}

deny contains finding(concat(":", [call.name, source]), ["calls", i, "args", 0], message, evidence) if {
	some i, call in input.calls
	loads_code(call)
	source := call.args[0]
	fetched(source)
	evidence := {"call": call.name, "file": source}
	message := sprintf("The program loads %s with %s, which runs code from the file: %s.", [source, call.name, remedy])
}

fetches(call) if fetched(call.args[0])

loads_code(call) if call.name in params.unsafe_loaders

loads_code(call) if {
	call.name == "torch.load"
	not weights_only(call)
}

weights_only(call) if call.kwargs.weights_only == true

deny contains finding("torch.load:weights_only", ["calls", i, "kwargs", "weights_only"], message, evidence) if {
	some i, call in input.calls
	call.name == "torch.load"
	call.kwargs.weights_only == false
	not fetches(call)
	evidence := {"call": call.name}
	message := "The program calls torch.load with weights_only=False, which runs code from the file: load weights only."
}

# One review for each loader: the first call stands for them all.
review contains finding(name, ["calls", first], message, {"call": name}) if {
	some name in {call.name | some call in doubtful}
	first := min({i | some i, call in doubtful; call.name == name})
	message := sprintf("The program loads files with %s, which runs code from them: know where they come from.", [name])
}

doubtful[i] := call if {
	some i, call in input.calls
	loads_code(call)
	not "weights_only" in object.keys(call.kwargs)
	not own_file(call)
}

# Judged already, or a file of this repository.
own_file(call) if is_string(call.args[0])
