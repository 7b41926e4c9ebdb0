locals {
  foundation_model = "anthropic.claude-3-5-sonnet-20240620-v1:0"
}

resource "aws_bedrockagent_agent" "support" {
  agent_name                  = "support-assistant"
  agent_resource_role_arn     = aws_iam_role.agent.arn
  foundation_model            = local.foundation_model
  idle_session_ttl_in_seconds = 900

  instruction = <<-EOT
    You answer questions of customers about our loans, using only the help pages that the search returns.
    You never say whether somebody will get a loan; you name the contact of the loan department instead.
  EOT

  guardrail_configuration {
    guardrail_identifier = aws_bedrock_guardrail.support.guardrail_id
    guardrail_version    = aws_bedrock_guardrail_version.support.version
  }
}

resource "aws_iam_role" "agent" {
  name = "support-assistant-agent"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "bedrock.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "agent" {
  name = "invoke-model"
  role = aws_iam_role.agent.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["bedrock:InvokeModel"]
      Resource = ["arn:aws:bedrock:eu-central-1::foundation-model/${local.foundation_model}"]
    }]
  })
}
