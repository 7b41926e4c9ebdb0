package probity.lcm_006_test

import rego.v1

import data.probity.lcm_006

workflow(jobs) := {"name": "deploy", "on": {"push": {"branches": ["main"]}}, "jobs": jobs}

job(commands) := {"steps": [{"run": command} | some command in commands]}

alone(commands) := workflow({"deploy": job(commands)})

keys(case) := {f.key | some f in denied} if denied := lcm_006.deny with input as case

reviewed(case) := {f.key | some f in found} if found := lcm_006.review with input as case

passes(case) if {
	keys(case) == set()
	reviewed(case) == set()
	lcm_006.inconclusive == set() with input as case
	lcm_006.not_applicable == set() with input as case
}

test_checked_plan_is_applied if {
	passes(alone(["terraform plan -out tfplan", "conftest test tfplan.json", "terraform apply -input=false tfplan"]))
	passes(alone(["terraform plan -out tfplan\nprobity check .\nterraform apply tfplan"]))
}

test_apply_without_a_check if {
	lcm_006.deny == {{
		"msg": "Job deploy runs terraform apply and no policy check stands before it.",
		"key": "deploy:terraform apply",
		"path": ["jobs", "deploy", "steps", 1, "run"],
		"evidence": {"job": "deploy", "command": "terraform apply"},
	}} with input as alone(["terraform init", "terraform apply -auto-approve"])
	keys(alone(["npx cdk deploy --all"])) == {"deploy:cdk deploy"}
	keys(alone(["aws cloudformation deploy --stack-name a"])) == {"deploy:aws cloudformation deploy"}
}

test_check_after_the_apply_does_not_count if {
	keys(alone(["terraform apply tfplan", "checkov -d ."])) == {"deploy:terraform apply"}
	keys(alone(["terraform apply tfplan\ncheckov -d ."])) == {"deploy:terraform apply"}
}

test_check_that_cannot_stop_the_run_does_not_count if {
	keys(alone(["checkov -d . || true", "terraform apply p"])) == {"deploy:terraform apply"}
	keys(alone(["tfsec; exit 0", "terraform apply p"])) == {"deploy:terraform apply"}
	soft := workflow({"deploy": {"steps": [{"run": "checkov -d .", "continue-on-error": true}, {"run": "terraform apply p"}]}})
	keys(soft) == {"deploy:terraform apply"}
	lenient := workflow({"deploy": object.union(job(["checkov -d .", "terraform apply p"]), {"continue-on-error": true})})
	keys(lenient) == {"deploy:terraform apply"}
	steps := [{"uses": "bridgecrewio/checkov-action@v12", "continue-on-error": true}, {"run": "terraform apply p"}]
	keys(workflow({"deploy": {"steps": steps}})) == {"deploy:terraform apply"}
	keys(workflow({"deploy": {"steps": [{"uses": "bridgecrewio/checkov-action@v12"}, {"run": "terraform apply p"}], "continue-on-error": true}})) == {"deploy:terraform apply"}
}

test_action_that_checks if {
	passes(workflow({"deploy": {"steps": [{"uses": "Bridgecrewio/checkov-action@v12"}, {"run": "terraform apply p"}]}}))
	keys(workflow({"deploy": {"steps": [{"uses": "actions/checkout@v4"}, {"run": "terraform apply p"}]}})) == {
		"deploy:terraform apply",
	}
}

test_check_in_a_job_that_it_needs if {
	check := job(["opa eval -d policies -i tfplan.json data.main.deny"])
	passes(workflow({"check": check, "deploy": object.union(job(["terraform apply p"]), {"needs": "check"})}))
	passes(workflow({
		"check": check, "build": object.union(job(["make"]), {"needs": ["check"]}),
		"deploy": object.union(job(["terraform apply p"]), {"needs": ["build"]}),
	}))
	keys(workflow({"check": check, "deploy": job(["terraform apply p"])})) == {"deploy:terraform apply"}
	always := object.union(job(["terraform apply p"]), {"needs": "check", "if": "always()"})
	keys(workflow({"check": check, "deploy": always})) == {"deploy:terraform apply"}
}

test_workflow_elsewhere_is_inconclusive if {
	case := workflow({"check": {"uses": "./.github/workflows/check.yml"}, "deploy": object.union(job(["terraform apply p"]), {"needs": "check"})})
	keys(case) == set()
	lcm_006.inconclusive == {{
		"msg": "Job deploy runs terraform apply, and a workflow that it needs may check it before.",
		"key": "deploy:terraform apply",
		"path": ["jobs", "deploy", "steps", 0, "run"],
		"evidence": {"job": "deploy", "command": "terraform apply"},
	}} with input as case
}

test_plan_that_is_made_anew_is_a_review if {
	case := alone(["conftest test plan.json", "terraform apply -auto-approve"])
	keys(case) == set()
	lcm_006.review == {{
		"msg": "Job deploy applies what it plans anew: the plan that was checked is not the one that is applied.",
		"key": "deploy:terraform apply",
		"path": ["jobs", "deploy", "steps", 1, "run"],
		"evidence": {"job": "deploy", "command": "terraform apply"},
	}} with input as case
	reviewed(alone(["terraform apply -auto-approve"])) == set()
	reviewed(alone(["conftest test a", "cdk deploy"])) == set()
}

test_other_workflows_are_not_applicable if {
	every case in [
		alone(["terraform plan"]), alone(["kubectl apply -f k8s/"]), alone(["# terraform apply"]),
		object.union(object.remove(alone(["terraform apply"]), ["on"]), {"on": ["pull_request"]}),
	] {
		keys(case) == set()
		{n.msg | some n in lcm_006.not_applicable} == {"no job of the workflow applies infrastructure"} with input as case
	}
}
