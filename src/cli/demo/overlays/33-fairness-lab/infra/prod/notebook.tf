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

resource "aws_sagemaker_notebook_instance" "fairness_lab" {
  name            = "lending-fairness-lab"
  instance_type   = "ml.m5.xlarge"
  role_arn        = aws_iam_role.notebook.arn
  subnet_id       = aws_subnet.private_b.id
  security_groups = [aws_security_group.sagemaker.id]

  direct_internet_access = var.lab_internet_access
  root_access            = "Disabled"
  platform_identifier    = "notebook-al2023-v1"
}
