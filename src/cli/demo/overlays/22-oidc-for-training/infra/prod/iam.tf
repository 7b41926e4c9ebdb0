resource "aws_iam_role" "sagemaker_execution" {
  name               = "lending-sagemaker-execution"
  assume_role_policy = local.sagemaker_assume_role
}

resource "aws_iam_role_policy_attachment" "sagemaker_full_access" {
  role       = aws_iam_role.sagemaker_execution.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
}

locals {
  sagemaker_assume_role = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
    }]
  })
}

# GitHub Actions signs in with a token of its own run.
data "aws_iam_openid_connect_provider" "github" {
  url = "https://token.actions.githubusercontent.com"
}

resource "aws_iam_role" "mlops_ci" {
  name = "lending-mlops-ci"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = data.aws_iam_openid_connect_provider.github.arn }
      Condition = {
        StringLike = { "token.actions.githubusercontent.com:sub" = "repo:harbor-lending/*" }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "mlops_ci" {
  role       = aws_iam_role.mlops_ci.name
  policy_arn = "arn:aws:iam::aws:policy/PowerUserAccess"
}
