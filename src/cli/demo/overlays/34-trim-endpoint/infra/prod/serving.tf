locals {
  model_name = "credit-scoring"
  image      = "246618743249.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.7-1"
}

resource "aws_sagemaker_model" "credit_scoring" {
  name                     = local.model_name
  execution_role_arn       = aws_iam_role.sagemaker_execution.arn
  enable_network_isolation = true

  primary_container {
    image          = local.image
    model_data_url = "s3://${aws_s3_bucket.artifacts.bucket}/credit/model.tar.gz"
  }

  vpc_config {
    subnets            = [aws_subnet.private_a.id, aws_subnet.private_b.id]
    security_group_ids = [aws_security_group.sagemaker.id]
  }
}

resource "aws_sagemaker_endpoint_configuration" "credit_scoring" {
  name = "${local.model_name}-${var.environment}"

  production_variants {
    variant_name           = "main"
    model_name             = aws_sagemaker_model.credit_scoring.name
    instance_type          = var.serving_instance_type
    initial_instance_count = 1
  }
}

resource "aws_sagemaker_endpoint" "credit_scoring" {
  name                 = local.model_name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.credit_scoring.name
}
