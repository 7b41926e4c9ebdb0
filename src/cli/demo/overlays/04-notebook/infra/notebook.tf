resource "aws_sagemaker_notebook_instance" "exploration" {
  name          = "lending-exploration"
  instance_type = "ml.t3.medium"
  role_arn      = aws_iam_role.notebook.arn

  direct_internet_access = "Enabled"
  root_access            = "Enabled"
  platform_identifier    = "notebook-al2023-v1"
}

resource "aws_iam_role" "notebook" {
  name = "lending-notebook"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
    }]
  })
}
