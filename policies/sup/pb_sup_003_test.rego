package probity.sup_003_test

import rego.v1

import data.probity.sup_003

found(case) := {[f.key, f.path] | some f in results} if results := sup_003.deny with input as case

reviewed(case) := {[f.key, f.path] | some f in results} if results := sup_003.review with input as case

mlmodel(flavors) := {"artifact_path": "model", "flavors": flavors}

test_pickled_flavor if {
	sup_003.deny == {{
		"msg": concat("", [
			"The MLflow model is saved as cloudpickle by the flavor sklearn, which runs code on loading: ",
			"use safetensors, ONNX or skops.",
		]),
		"key": "sklearn",
		"path": ["flavors", "sklearn", "serialization_format"],
		"evidence": {"flavor": "sklearn", "format": "cloudpickle"},
	}} with input as mlmodel({"sklearn": {"serialization_format": "cloudpickle", "pickled_model": "model.pkl"}})
}

test_formats if {
	every format in ["pickle", "cloudpickle", "joblib", "dill"] {
		count(found(mlmodel({"sklearn": {"serialization_format": format}}))) == 1
	}
	safe := {"serialization_format": "skops", "pickled_model": "model.pkl"}
	found(mlmodel({"sklearn": safe, "python_function": {"model_path": "model.pkl"}})) == set()
}

test_files_of_a_flavor if {
	every name in ["pickled_model", "python_model", "model_path", "data"] {
		found(mlmodel({"python_function": {name: "model.pkl"}})) == {[
			concat(".", ["python_function", name]), ["flavors", "python_function", name],
		]}
	}
	{f.msg | some f in sup_003.deny} == {concat("", [
		"The MLflow model keeps its content in python_model.pkl, which can run code on loading: ",
		"use safetensors, ONNX or skops.",
	])} with input as mlmodel({"python_function": {"python_model": "python_model.pkl"}})
	found(mlmodel({"onnx": {"data": "model.onnx"}, "python_function": {"env": "conda.pkl"}})) == set()
	both := {"sklearn": {"serialization_format": "pickle"}, "python_function": {"model_path": "model.pkl"}}
	count(found(mlmodel(both))) == 2
}

test_suffixes if {
	every suffix in ["pkl", "pickle", "joblib", "pt", "pth", "bin", "dill", "PKL"] {
		count(found({"outs": [{"path": sprintf("model.%s", [suffix])}]})) == 1
	}
	every suffix in ["safetensors", "onnx", "skops", "json", "npy", "gguf"] {
		found({"outs": [{"path": sprintf("model.%s", [suffix])}]}) == set()
	}
}

test_output_of_a_stage_is_low if {
	sup_003.deny == {{
		"msg": concat("", [
			"Stage train writes the model models/credit.pkl, which can run code on loading: ",
			"use safetensors, ONNX or skops.",
		]),
		"key": "train:models/credit.pkl",
		"path": ["stages", "train", "outs", 1],
		"severity": "low",
		"evidence": {"file": "models/credit.pkl"},
	}} with input as {"stages": {"train": {"cmd": "python train.py", "outs": ["metrics.json", "models/credit.pkl"]}}}
	found({"stages": {"train": {"outs": [{"model.pkl": {"cache": false}}]}}}) == {[
		"train:model.pkl", ["stages", "train", "outs", 0],
	]}
}

test_outputs_that_hold_no_model if {
	found({"stages": {"prepare": {"outs": ["data/features.pkl", "remodelled.pkl"]}}}) == set()
}

test_registered_artifact if {
	sup_003.deny == {{
		"msg": "The registered artifact credit is m.pkl, which can run code on loading: use safetensors, ONNX or skops.",
		"key": "artifact:credit",
		"path": ["artifacts", "credit", "path"],
		"evidence": {"file": "m.pkl"},
	}} with input as {"artifacts": {"credit": {"path": "m.pkl", "type": "model"}}}
	found({"artifacts": {"credit": {"path": "m.pkl"}}}) == {["artifact:credit", ["artifacts", "credit", "path"]]}
	found({"artifacts": {"rows": {"path": "m.pkl", "type": "dataset"}}}) == set()
	found({"artifacts": {"credit": {"path": "m.onnx", "type": "model"}}}) == set()
}

test_tracked_file if {
	sup_003.deny == {{
		"msg": "The tracked model model.pt can run code on loading: use safetensors, ONNX or skops.",
		"key": "model.pt",
		"path": ["outs", 0, "path"],
		"evidence": {"file": "model.pt"},
	}} with input as {"outs": [{"path": "model.pt", "md5": "a"}]}
	found({"outs": [{"path": "table.pkl"}]}) == set()
	found({"stages": {}, "outs": [{"path": "model.pkl"}]}) == set()
}

resource(system, type, attributes) := {
	"system": system, "type": type, "name": "credit", "address": "x.credit", "subject": "terraform:infra//x.credit",
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

service(model) := resource("kubernetes", "InferenceService", {"spec": {"predictor": {"model": model}}})

test_served_file if {
	sup_003.deny == {{
		"msg": concat("", [
			"InferenceService credit serves s3://models/credit.pt, which can run code on loading: ",
			"use safetensors, ONNX or skops.",
		]),
		"key": "spec.predictor.model.storageUri",
		"path": ["spec", "predictor", "model", "storageUri"],
		"evidence": {"file": "s3://models/credit.pt"},
	}} with input as service({"modelFormat": {"name": "pytorch"}, "storageUri": "s3://models/credit.pt"})
	found(service({"storageUri": "s3://models/credit"})) == set()
}

test_server_of_pickles_is_for_a_person if {
	sup_003.review == {{
		"msg": "InferenceService credit serves a sklearn model, whose server loads pickles only.",
		"key": "modelFormat",
		"path": ["spec", "predictor", "model", "modelFormat", "name"],
		"evidence": {"format": "sklearn"},
	}} with input as service({"modelFormat": {"name": "sklearn"}, "storageUri": "s3://models/credit"})
	reviewed(service({"modelFormat": {"name": "onnx"}})) == set()
	other := {"spec": {"predictor": {"model": {"modelFormat": {"name": "sklearn"}}}}}
	reviewed(resource("kubernetes", "TrainedModel", other)) == set()
}

test_sagemaker if {
	every type, blocks in {
		"aws_sagemaker_model": ["primary_container", "container"],
		"awscc_sagemaker_model": ["primary_container", "containers"],
	} {
		every block in blocks {
			found(resource("terraform", type, {block: [{"model_data_url": "s3://m/a.joblib"}]})) == {[
				concat(".", [block, "model_data_url"]), [block, 0, "model_data_url"],
			]}
			found(resource("terraform", type, {block: [{"model_data_url": "s3://m/a.tar.gz"}]})) == set()
		}
	}
	every block in ["PrimaryContainer", "Containers"] {
		found(resource("cloudformation", "AWS::SageMaker::Model", {block: {"ModelDataUrl": "s3://m/a.joblib"}})) == {[
			concat(".", [block, "ModelDataUrl"]), [block, "ModelDataUrl"],
		]}
	}
}

test_reasoning_engine if {
	pickled := {"spec": [{"package_spec": [{"pickle_object_gcs_uri": "gs://b/agent"}]}]}
	type := "google_vertex_ai_reasoning_engine"
	sup_003.deny == {{
		"msg": "x.credit loads its agent from a pickle: deploy it from source instead.",
		"key": "spec.package_spec.pickle_object_gcs_uri",
		"path": ["spec", 0, "package_spec", 0, "pickle_object_gcs_uri"],
		"evidence": {"file": "gs://b/agent"},
	}} with input as resource("terraform", type, pickled)
	found(resource("terraform", type, {"spec": [{"source_code_spec": [{}]}]})) == set()
	found(resource("terraform", "google_x", pickled)) == set()
}

call(name, args, kwargs) := {"name": name, "args": args, "kwargs": kwargs, "open": []}

python(calls) := {"imports": [], "calls": calls}

test_fetched_file if {
	sup_003.deny == {{
		"msg": concat("", [
			"The program loads https://example.com/m.pkl with joblib.load, which runs code from the file: ",
			"use safetensors, ONNX or skops.",
		]),
		"key": "joblib.load:https://example.com/m.pkl",
		"path": ["calls", 1, "args", 0],
		"evidence": {"call": "joblib.load", "file": "https://example.com/m.pkl"},
	}} with input as python([
		call("print", ["https://example.com/m.pkl"], {}),
		call("joblib.load", ["https://example.com/m.pkl"], {}),
	])
	every address in ["http://a/b", "s3://a/b", "gs://a/b", "hf://a/b", "abfss://a/b", "wasb://a/b"] {
		count(found(python([call("pandas.read_pickle", [address], {})]))) == 1
	}
}

test_torch if {
	found(python([call("torch.load", ["https://a/m.pt"], {})])) == {["torch.load:https://a/m.pt", ["calls", 0, "args", 0]]}
	found(python([call("torch.load", ["https://a/m.pt"], {"weights_only": true})])) == set()
	sup_003.deny == {{
		"msg": "The program calls torch.load with weights_only=False, which runs code from the file: load weights only.",
		"key": "torch.load:weights_only",
		"path": ["calls", 0, "kwargs", "weights_only"],
		"evidence": {"call": "torch.load"},
	}} with input as python([call("torch.load", ["m.pt"], {"weights_only": false})])
	found(python([call("torch.load", [], {"weights_only": false})])) == {[
		"torch.load:weights_only", ["calls", 0, "kwargs", "weights_only"],
	]}
	found(python([call("torch.save", ["m.pt"], {"weights_only": false})])) == set()
	count(found(python([call("torch.load", ["https://a/m.pt"], {"weights_only": false})]))) == 1
}

test_unknown_file_is_for_a_person if {
	sup_003.review == {{
		"msg": "The program loads files with pickle.load, which runs code from them: know where they come from.",
		"key": "pickle.load",
		"path": ["calls", 1],
		"evidence": {"call": "pickle.load"},
	}} with input as python([call("open", ["a"], {}), call("pickle.load", [null], {}), call("pickle.load", [null], {})])
	reviewed(python([call("joblib.load", ["models/credit.joblib"], {})])) == set()
	reviewed(python([call("torch.load", [null], {"weights_only": true})])) == set()
	reviewed(python([call("torch.load", [null], {"weights_only": false})])) == set()
	reviewed(python([call("torch.load", [null], {})])) == {["torch.load", ["calls", 0]]}
	reviewed(python([call("json.load", [null], {})])) == set()
	every name in [
		"pickle.loads", "cloudpickle.load", "cloudpickle.loads", "dill.load", "dill.loads", "pandas.read_pickle",
	] {
		count(reviewed(python([call(name, [null], {})]))) == 1
	}
}
