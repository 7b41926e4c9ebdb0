# METADATA
# title: "Model lineage broken: no link from model to data version and code commit"
# description: >-
#   A model that is registered or deployed leads back to no commit or data version. A model package names its commit in
#   its metadata properties. A SageMaker model that is made from a file in S3 names a commit in its tags, its address
#   holds a commit or the hash of an output in dvc.lock, or its card gives the commit of the code and the revision of
#   the data. An MLflow model has a run_id, and that run's source commit stands in its metadata or in the tracked mlruns
#   folder; where the run is on a tracking server only, nobody can tell. Whether a commit exists is not checked: squashed
#   merges rewrite it. Third-party models pinned to a revision are left out.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html
#     description: Register a model version
#   - ref: https://mlflow.org/docs/latest/ml/model/
#     description: "MLflow: MLmodel"
# custom:
#   id: PB-LCM-003
#   version: 1
#   severity: high
#   scope: repository
#   resources: named
#   inputs: [mlflow, cfn, card, dvc, git]
#   controls:
#     - "EU-AIA:12.1"
#     - "EU-AIA:11.1"
#     - "EU-AIA:Annex IV.2.d"
#     - "NIST-AI-RMF:MEASURE 2.8"
#     - "NIST-AI-RMF:MAP 4.1"
#     - "ISO42001:A.7.5"
#     - "ISO42001:A.6.2.3"
#     - "ATLAS:AML.M0025"
#     - "ATLAS:AML.M0023"
#     - "NIST-800-53:SR-4"
#   remediation: >-
#     Record the commit and the data version where the model is registered.
#   applies_when: >-
#     the repository registers or deploys a model that it made
#   params:
#     - commit_keys
#     - commit_tags
#     - generic_model_words
package probity.lcm_003

import rego.v1

import data.probity.lib.cards
import data.probity.lib.shape
import data.probity.lib.tags
import data.probity.lib.terraform
import data.probity.params

finding(subject, key, path, message, evidence) := {
	"msg": message, "resource": subject, "key": key, "path": path, "evidence": evidence,
}

present(value) if {
	is_string(value)
	trim_space(value) != ""
}

# Model packages.

package_properties := {
	"AWS::SageMaker::ModelPackage": ["MetadataProperties", "CommitId"],
	"awscc_sagemaker_model_package": ["metadata_properties", "commit_id"],
}

packages contains {"resource": r, "at": at} if {
	some r in input.resources
	at := package_properties[r.type]
}

deny contains finding(r.subject, "commit", path, message, {"attribute": concat(".", pack.at)}) if {
	some pack in packages
	r := pack.resource
	not present(object.get(r.attributes, pack.at, null))
	path := [key | some key in [pack.at[0]]; is_object(r.attributes[key])]
	message := sprintf("Model package %s does not say from which commit it was made: set %s.", [
		r.name,
		concat(".", pack.at),
	])
}

# SageMaker models.

containers := {
	"aws_sagemaker_model": {"blocks": ["primary_container", "container"], "url": "model_data_url", "package": "model_package_name"},
	"awscc_sagemaker_model": {"blocks": ["primary_container", "containers"], "url": "model_data_url", "package": "model_package_name"},
	"AWS::SageMaker::Model": {"blocks": ["PrimaryContainer", "Containers"], "url": "ModelDataUrl", "package": "ModelPackageName"},
}

artifacts contains {"resource": r, "url": body[names.url], "path": path, "key": key} if {
	some r in input.resources
	names := containers[r.type]
	some block in names.blocks
	some i, body in terraform.blocks(r.attributes, block)
	present(body[names.url])
	not present(object.get(body, names.package, null))
	not pinned(body)
	path := array.concat(terraform.block_path(r.attributes, block, i), [names.url])
	key := object.get(body, "container_hostname", object.get(body, "ContainerHostname", block))
}

pinned(body) if {
	some map in ["environment", "Environment"]
	some name, value in shape.member(body, map)
	regex.match(`(?i)^(hf_|hugging_?face_)?(hub_|model_)?revision$`, name)
	regex.match(`^[0-9a-f]{40}$`, value)
}

hashes := {out.md5 |
	some document in input.documents
	document.kind == "dvc-lock"
	some stage in shape.member(document.value, "stages")
	some out in shape.member(stage, "outs")
	is_string(out.md5)
}

# DVC keeps content under the first two signs of its hash and the rest.
linked(artifact) if {
	some hash in hashes
	contains(replace(artifact.url, "/", ""), trim_suffix(hash, ".dir"))
}

linked(artifact) if regex.match(`(^|[^0-9a-f])[0-9a-f]{40}([^0-9a-f]|$)`, artifact.url)

linked(artifact) if {
	some key, value in tags.of(artifact.resource.attributes)
	terraform.tag_key(key) in params.commit_tags
	regex.match(`^[0-9a-f]{7,64}$`, value)
}

linked(artifact) if {
	some card in cards.model_cards(input.documents)
	some label in cards.labels(card)
	some name in names_of(artifact.resource)
	cards.alike(cards.words(label), cards.words(name))
	commit_in(card.value)
	data_version_in(card.value)
}

names_of(r) := {r.name} | {name |
	some key in ["name", "model_name", "ModelName"]
	name := r.attributes[key]
	is_string(name)
}

commit_in(value) if {
	walk(value, [path, text])
	count(path) > 0
	is_string(path[count(path) - 1])
	regex.match(params.commit_keys, replace(replace(path[count(path) - 1], "_", " "), "-", " "))
	not "dataset" in path
	not "datasets" in path
	is_string(text)
	regex.match(`^[0-9a-f]{7,64}$`, text)
}

# datasets[].revision, or that of the dataset that a result of model-index was measured on, or `name@revision`.
data_version_in(value) if {
	walk(value, [path, text])
	count(path) > 1
	path[count(path) - 1] in {"revision", "version", "md5", "sha256"}
	some key in ["dataset", "datasets"]
	key in path
	present(text)
}

data_version_in(value) if {
	some dataset in cards.as_list(object.get(value, "datasets", []))
	is_string(dataset)
	regex.match(`^.+@[\w.-]+$`, dataset)
}

deny contains finding(r.subject, sprintf("artifact:%s", [artifact.key]), artifact.path, message, evidence) if {
	some artifact in artifacts
	r := artifact.resource
	not linked(artifact)
	message := sprintf("Model %s is made from %s, and nothing links it to a commit or to a data version.", [r.name, artifact.url])
	evidence := {"model_data": artifact.url}
}

# MLflow models.

mlflow := [document | some document in input.documents; document.kind == "mlflow-model"]

deny contains finding(document.subject, "run_id", [], message, {"path": document.path}) if {
	some document in mlflow
	not present(object.get(document.value, "run_id", null))
	message := sprintf("MLflow model %s has no run_id: which run made it is not recorded.", [document.path])
}

committed(document) if commit_in(object.get(document.value, "metadata", {}))

# mlruns/<experiment>/<run>/tags/mlflow.source.git.commit
committed(document) if {
	some path, _ in input.files
	endswith(path, sprintf("%s/tags/mlflow.source.git.commit", [document.value.run_id]))
}

inconclusive contains finding(document.subject, "commit", ["run_id"], message, evidence) if {
	some document in mlflow
	present(document.value.run_id)
	not committed(document)
	message := sprintf("Which commit MLflow model %s was made from stands, if anywhere, on the tracking server of run %s.", [
		document.path,
		document.value.run_id,
	])
	evidence := {"run_id": document.value.run_id}
}

not_applicable contains f if {
	count(packages) + count(artifacts) + count(mlflow) == 0
	f := {"msg": "the repository registers and deploys no model that it made", "key": "", "path": [], "evidence": {}}
}
