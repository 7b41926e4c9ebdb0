package probity.lcm_003_test

import rego.v1

import data.probity.lcm_003

resource(type, attributes) := {"type": type, "name": "credit", "subject": sprintf("x:.//%s.credit", [type]), "attributes": attributes}

repository(resources, documents) := {"resources": resources, "documents": documents, "files": {}}

keys(case) := {[f.key, f.path] | some f in found} if found := lcm_003.deny with input as case

passes(case) if {
	keys(case) == set()
	lcm_003.inconclusive == set() with input as case
	lcm_003.not_applicable == set() with input as case
}

test_package_without_a_commit if {
	lcm_003.deny == {{
		"msg": "Model package credit does not say from which commit it was made: set MetadataProperties.CommitId.",
		"resource": "x:.//AWS::SageMaker::ModelPackage.credit",
		"key": "commit",
		"path": ["MetadataProperties"],
		"evidence": {"attribute": "MetadataProperties.CommitId"},
	}} with input as repository([resource("AWS::SageMaker::ModelPackage", {"MetadataProperties": {"Repository": "r"}})], [])
	keys(repository([resource("AWS::SageMaker::ModelPackage", {})], [])) == {["commit", []]}
	keys(repository([resource("awscc_sagemaker_model_package", {"metadata_properties": {"commit_id": " "}})], [])) == {[
		"commit",
		["metadata_properties"],
	]}
}

test_package_with_a_commit_passes if {
	passes(repository([resource("AWS::SageMaker::ModelPackage", {"MetadataProperties": {"CommitId": "1f3c"}})], []))
	passes(repository([resource("awscc_sagemaker_model_package", {"metadata_properties": {"commit_id": "1f3c"}})], []))
}

url := "s3://b/model.tar.gz"

terraform(address, attributes) := resource("aws_sagemaker_model", object.union(
	{"primary_container": [{"model_data_url": address}]},
	attributes,
))

model(address, attributes) := repository([terraform(address, attributes)], [])

test_model_from_a_file_with_nothing if {
	lcm_003.deny == {{
		"msg": "Model credit is made from s3://b/model.tar.gz, and nothing links it to a commit or to a data version.",
		"resource": "x:.//aws_sagemaker_model.credit",
		"key": "artifact:primary_container",
		"path": ["primary_container", 0, "model_data_url"],
		"evidence": {"model_data": "s3://b/model.tar.gz"},
	}} with input as model(url, {})
	keys(repository([resource("AWS::SageMaker::Model", {"PrimaryContainer": {"ModelDataUrl": url}})], [])) == {[
		"artifact:PrimaryContainer",
		["PrimaryContainer", "ModelDataUrl"],
	]}
	several := {"Containers": [{"ModelDataUrl": url, "ContainerHostname": "a"}, {"Image": "i"}]}
	keys(repository([resource("AWS::SageMaker::Model", several)], [])) == {["artifact:a", ["Containers", 0, "ModelDataUrl"]]}
	named := {"container": [{"model_data_url": url, "container_hostname": "b"}]}
	keys(repository([resource("aws_sagemaker_model", named)], [])) == {["artifact:b", ["container", 0, "model_data_url"]]}
	cloud_control := {"containers": [{"model_data_url": url}]}
	count(keys(repository([resource("awscc_sagemaker_model", cloud_control)], []))) == 1
}

test_model_from_a_package_or_a_pinned_one_is_not_asked if {
	every body in [
		{"model_data_url": url, "model_package_name": "arn"},
		{"model_data_url": url, "environment": {"HF_REVISION": "11bd71901bbe5b1630ceea73d27597364c9af683"}},
		{"image": "i"},
	] {
		case := repository([resource("aws_sagemaker_model", {"container": [body]})], [])
		keys(case) == set()
		count(lcm_003.not_applicable) == 1 with input as case
	}
	cfn := {"PrimaryContainer": {"ModelDataUrl": url, "ModelPackageName": "arn"}}
	keys(repository([resource("AWS::SageMaker::Model", cfn)], [])) == set()
}

test_address_with_a_commit_or_the_hash_of_a_lock_file if {
	passes(model("s3://b/11bd71901bbe5b1630ceea73d27597364c9af683/model.tar.gz", {}))
	count(keys(model("s3://b/11bd71901bbe5b1630ceea73d27597364c9af683aa/m", {}))) == 1
	lock := {"kind": "dvc-lock", "path": "dvc.lock", "value": {"stages": {"train": {"outs": [{"path": "m", "md5": "ab12cd"}]}}}}
	stored := "s3://b/files/md5/ab/12cd"
	passes(repository([terraform(stored, {})], [lock]))
	count(keys(repository([terraform("s3://b/files/md5/ab/12ce", {})], [lock]))) == 1
	count(keys(repository([terraform(stored, {})], [object.union(lock, {"kind": "dvc"})]))) == 1
}

test_tag_with_a_commit if {
	passes(model(url, {"tags": {"Git-Commit": "1f3c5a7"}}))
	passes(model(url, {"tags_all": {"commit_id": "1f3c5a7"}}))
	count(keys(model(url, {"tags": {"Git-Commit": "latest"}}))) == 1
	count(keys(model(url, {"tags": {"owner": "1f3c5a7"}}))) == 1
	cfn := {"PrimaryContainer": {"ModelDataUrl": url}, "Tags": [{"Key": "GitSha", "Value": "1f3c5a7"}]}
	passes(repository([resource("AWS::SageMaker::Model", cfn)], []))
	cc := {"primary_container": {"model_data_url": url}, "tags": [{"key": "GitSha", "value": "1f3c5a7"}]}
	passes(repository([resource("awscc_sagemaker_model", cc)], []))
}

card(value) := {"kind": "model-card", "path": "models/credit/README.md", "value": value}

test_card_with_commit_and_data_version if {
	full := {"git_commit": "1f3c5a7", "datasets": [{"name": "loans", "revision": "v3"}]}
	passes(repository([terraform(url, {})], [card(full)]))
	passes(repository([terraform(url, {})], [card({"source": {"code-revision": "1f3c5a7"}, "datasets": ["loans@v3"]})]))
	indexed := {"commit": "1f3c5a7", "model-index": [{"results": [{"dataset": {"revision": "v3"}}]}]}
	passes(repository([terraform(url, {})], [card(indexed)]))
	every value in [
		{"git_commit": "1f3c5a7", "datasets": ["loans"]},
		{"git_commit": "1f3c5a7", "tokenizer": {"version": "v3"}},
		{"datasets": [{"name": "loans", "revision": "1f3c5a7"}]},
		{"git_commit": "main", "datasets": [{"name": "loans", "revision": "v3"}]},
		{"git_commit": "1f3c5a7", "datasets": [{"name": "loans", "revision": ""}]},
	] {
		count(keys(repository([terraform(url, {})], [card(value)]))) == 1
	}
	other := object.union(card(full), {"path": "models/churn/README.md"})
	count(keys(repository([terraform(url, {})], [other]))) == 1
	named := terraform(url, {"name": "churn-model"})
	passes(repository([named], [other]))
}

mlflow(value) := {"kind": "mlflow-model", "path": "m/MLmodel", "subject": "document:m/MLmodel", "value": value}

test_mlflow_model_without_a_run if {
	lcm_003.deny == {{
		"msg": "MLflow model m/MLmodel has no run_id: which run made it is not recorded.",
		"resource": "document:m/MLmodel",
		"key": "run_id",
		"path": [],
		"evidence": {"path": "m/MLmodel"},
	}} with input as repository([], [mlflow({"flavors": {}})])
}

test_mlflow_model_with_run_and_commit_passes if {
	passes(repository([], [mlflow({"run_id": "77", "metadata": {"git_commit": "1f3c5a7"}})]))
	tracked := {"mlruns/0/77/tags/mlflow.source.git.commit": {"size": 40}}
	passes(object.union(repository([], [mlflow({"run_id": "77"})]), {"files": tracked}))
}

test_commit_on_the_tracking_server_is_inconclusive if {
	case := object.union(
		repository([], [mlflow({"run_id": "77"})]),
		{"files": {"mlruns/0/78/tags/mlflow.source.git.commit": {"size": 40}}},
	)
	keys(case) == set()
	lcm_003.inconclusive == {{
		"msg": "Which commit MLflow model m/MLmodel was made from stands, if anywhere, on the tracking server of run 77.",
		"resource": "document:m/MLmodel",
		"key": "commit",
		"path": ["run_id"],
		"evidence": {"run_id": "77"},
	}} with input as case
}

test_not_applicable_without_a_model if {
	case := repository([], [card({})])
	keys(case) == set()
	{n.msg | some n in lcm_003.not_applicable} == {
		"the repository registers and deploys no model that it made",
	} with input as case
}
