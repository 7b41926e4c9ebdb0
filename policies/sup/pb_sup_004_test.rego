package probity.sup_004_test

import rego.v1

import data.probity.sup_004

found(case) := {[f.key, f.path] | some f in results} if results := sup_004.deny with input as case

deploy := {"run": "aws sagemaker update-endpoint --endpoint-name credit"}

job(steps) := {"runs-on": "ubuntu-latest", "steps": steps}

workflow(jobs) := {"on": "push", "jobs": jobs}

test_deployment_without_a_check if {
	sup_004.deny == {{
		"msg": concat("", [
			"Job release deploys a model with aws sagemaker endpoint ",
			"and verifies neither a signature nor a digest before.",
		]),
		"key": "release",
		"path": ["jobs", "release"],
		"evidence": {"job": "release", "commands": ["aws sagemaker endpoint"]},
	}} with input as workflow({"release": job([deploy])})
}

test_commands_that_verify if {
	every command in [
		"cosign verify --key cosign.pub registry/model",
		"./bin/cosign verify-blob model.bin",
		"model_signing verify sigstore model",
		"python -m model_signing verify key model",
		"notation verify registry/model",
		"slsa-verifier verify-artifact model",
		"gh attestation verify model -R acme/credit",
		"sha256sum -c model.sha256",
		"sha512sum --strict --check sums",
		"gpg --batch --verify model.sig",
	] {
		found(workflow({"release": job([{"run": command}, deploy])})) == set()
	}
	every command in ["cosign sign model", "sha256sum model.bin", "echo cosign verify model", "gpg --sign model"] {
		count(found(workflow({"release": job([{"run": command}, deploy])}))) == 1
	}
}

test_check_in_a_job_before if {
	check := job([{"run": "cosign verify registry/model"}])
	waiting := object.union(job([deploy]), {"needs": ["build"]})
	between := object.union(job([{"run": "make"}]), {"needs": "check"})
	found(workflow({"check": check, "build": between, "release": waiting})) == set()
	count(found(workflow({"check": check, "release": job([deploy])}))) == 1
}

test_other_deployments_are_not_applicable if {
	case := workflow({"release": job([{"run": "terraform apply -auto-approve"}])})
	found(case) == set()
	sup_004.not_applicable == {{
		"msg": "no job of the workflow deploys a model", "key": "", "path": [], "evidence": {},
	}} with input as case
	sup_004.not_applicable == set() with input as workflow({"release": job([deploy])})
}

digest := "3b5d0bfd2ee4bd0b62ab8ff4a3a2f6f9b9a2f3cf17b63b2cc5f4b6a0f0a7d7c1"

object_(kind, spec) := {
	"system": "kubernetes", "type": kind, "name": "credit", "namespace": "ml",
	"subject": sprintf("kubernetes:k8s//%s/ml/credit", [kind]),
	"attributes": {"kind": kind, "metadata": {"name": "credit"}, "spec": spec},
	"unknown": [], "references": [], "joins": {}, "systems": [], "path": "k8s/credit.yaml",
}

service(uri) := object_("InferenceService", {"predictor": {"model": {"storageUri": uri}}})

test_prefix_of_a_bucket if {
	sup_004.deny == {{
		"msg": concat("", [
			"InferenceService credit serves gs://models/credit, which is not named by its content: ",
			"use a digest or a commit.",
		]),
		"key": "spec.predictor.model.storageUri",
		"path": ["spec", "predictor", "model", "storageUri"],
		"evidence": {"uri": "gs://models/credit"},
	}} with input as service("gs://models/credit")
	sup_004.not_applicable == set() with input as service("gs://models/credit")
}

test_names_by_content if {
	every uri in [
		concat("", ["oci://ghcr.io/acme/credit@sha256:", digest]),
		"hf://org/llm:8f2a9c0d1e3b4a5f6789abcdef0123456789abcd",
		"pvc://models/credit",
		"gs://${BUCKET}/credit",
		"",
	] {
		found(service(uri)) == set()
	}
	every uri in [
		"oci://ghcr.io/acme/credit:1", "oci://ghcr.io/acme/credit@sha256:3b5d", "hf://org/llm", "hf://org/llm:main",
	] {
		count(found(service(uri))) == 1
	}
}

test_places if {
	found(object_("InferenceService", {
		"transformer": {"model": {"storageUri": "s3://a"}},
		"explainer": {"model": {"storageUri": "s3://b"}},
	})) == {
		["spec.transformer.model.storageUri", ["spec", "transformer", "model", "storageUri"]],
		["spec.explainer.model.storageUri", ["spec", "explainer", "model", "storageUri"]],
	}
	found(object_("LLMInferenceService", {"model": {"uri": "s3://a"}})) == {["spec.model.uri", ["spec", "model", "uri"]]}
	found(object.union(service("s3://a"), {"system": "terraform"})) == set()
}
