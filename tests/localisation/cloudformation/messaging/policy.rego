package main

import rego.v1

of_type(type) := {name: resource.Properties | some name, resource in input.Resources; resource.Type == type}

deny contains msg if {
	some name, topic in of_type("AWS::SNS::Topic")
	not topic.KmsMasterKeyId
	msg := sprintf("topic %s is not encrypted with a KMS key", [name])
}

deny contains msg if {
	some name, policy in of_type("AWS::SNS::TopicPolicy")
	some statement in policy.PolicyDocument.Statement
	statement.Principal == "*"
	not statement.Condition
	msg := sprintf("SNS topic policy %s lets everybody publish", [name])
}

deny contains msg if {
	some name, queue in of_type("AWS::SQS::Queue")
	not queue.RedrivePolicy
	msg := sprintf("%s has no dead letter queue", [name])
}

deny contains msg if {
	some name, queue in of_type("AWS::SQS::Queue")
	queue.MessageRetentionPeriod < 86400
	msg := sprintf("messages in %s are dropped after %d seconds", [name, queue.MessageRetentionPeriod])
}

deny contains msg if {
	some name, queue in of_type("AWS::SQS::Queue")
	not queue.KmsMasterKeyId
	not queue.SqsManagedSseEnabled
	msg := sprintf("SQS queue %s must be encrypted", [name])
}

deny contains msg if {
	some name, notebook in of_type("AWS::SageMaker::NotebookInstance")
	notebook.DirectInternetAccess == "Enabled"
	msg := sprintf("SageMaker notebook %s has direct internet access", [name])
}

deny contains msg if {
	some name, notebook in of_type("AWS::SageMaker::NotebookInstance")
	object.get(notebook, "RootAccess", "Enabled") == "Enabled"
	msg := sprintf("RootAccess of notebook %s must be Disabled", [name])
}

deny contains msg if {
	some name, notebook in of_type("AWS::SageMaker::NotebookInstance")
	notebook.VolumeSizeInGB > 100
	msg := sprintf("volume of %s is larger than 100 GB", [name])
}

deny contains msg if {
	some name, model in of_type("AWS::SageMaker::Model")
	not model.EnableNetworkIsolation
	msg := sprintf("SageMaker model %s is not isolated from the network", [name])
}

deny contains msg if {
	some name, model in of_type("AWS::SageMaker::Model")
	image := model.PrimaryContainer.Image
	not contains(image, ".dkr.ecr.")
	msg := sprintf("%s runs the image %s, which is not from ECR", [name, image])
}

deny contains msg if {
	some name, group in of_type("AWS::Logs::LogGroup")
	not group.RetentionInDays
	msg := sprintf("log group %s is kept for ever", [name])
}

deny contains msg if {
	some resource in input.Resources
	startswith(resource.Type, "AWS::SageMaker::")
	count(of_type("AWS::CloudWatch::Alarm")) == 0
	msg := "the template creates SageMaker resources and no alarm"
}
