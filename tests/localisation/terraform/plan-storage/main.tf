variable "retention" {
  default = 3
}

locals {
  open = "0.0.0.0/0"
}

resource "aws_sagemaker_notebook_instance" "lab" { #= aws_sagemaker_notebook_instance.lab: no customer managed key
  name                   = "lab"
  role_arn               = "arn:aws:iam::1:role/lab"
  instance_type          = "ml.p4d.24xlarge" #= aws_sagemaker_notebook_instance.lab: instance type ml.p4d.24xlarge is not on the list
  direct_internet_access = "Enabled"         #= aws_sagemaker_notebook_instance.lab has direct internet access
  root_access            = "Enabled"         #= Root access is not disabled on aws_sagemaker_notebook_instance.lab
}

resource "aws_sagemaker_model" "credit" {
  name                     = "credit"
  execution_role_arn       = "arn:aws:iam::1:role/lab"
  enable_network_isolation = false #= model aws_sagemaker_model.credit is not isolated from the network

  primary_container { #~ aws_sagemaker_model.credit runs an image from outside our registry
    image = "docker.io/acme/credit:latest" #= aws_sagemaker_model.credit runs an image from outside our registry
  }
}

resource "aws_sagemaker_endpoint_configuration" "credit" { #= aws_sagemaker_endpoint_configuration.credit does not capture data
  name = "credit"

  production_variants { #~ endpoint aws_sagemaker_endpoint_configuration.credit has a variant with one instance only
    model_name             = "credit"
    initial_instance_count = 1 #= endpoint aws_sagemaker_endpoint_configuration.credit has a variant with one instance only
    instance_type          = "ml.m5.large"
  }
}

resource "aws_cloudwatch_log_group" "training" { #= log group aws_cloudwatch_log_group.training is not encrypted with KMS
  name              = "training"
  retention_in_days = var.retention #= logs in aws_cloudwatch_log_group.training are kept for 3 days, fewer than 90
}

resource "aws_security_group" "train" {
  name = "train"

  ingress { #~ aws_security_group.train is open to the internet on port 8080
    from_port   = 8080
    to_port     = 8080
    protocol    = "tcp"
    cidr_blocks = [local.open] #= aws_security_group.train is open to the internet on port 8080
  }
}

resource "aws_kms_key" "data" { #= KMS key aws_kms_key.data is not rotated
  description             = "data"
  deletion_window_in_days = 7
}

resource "aws_kms_key" "models" {
  description         = "models"
  enable_key_rotation = false #= KMS key aws_kms_key.models is not rotated
}

resource "aws_instance" "train" { #= EC2 instance aws_instance.train has no IAM profile
  ami                         = "ami-1"
  instance_type               = "g5.xlarge"
  associate_public_ip_address = true #= aws_instance.train gets a public IP address

  metadata_options { #~ instance aws_instance.train answers IMDSv1
    http_tokens = "optional" #= instance aws_instance.train answers IMDSv1
  }

  root_block_device { #~ root device of aws_instance.train is unencrypted
    volume_size = 100
    encrypted   = false #= root device of aws_instance.train is unencrypted
  }
}
