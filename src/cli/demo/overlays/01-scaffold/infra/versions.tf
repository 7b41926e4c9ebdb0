terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }

  backend "s3" {
    bucket       = "harbor-terraform-state"
    key          = "lending/terraform.tfstate"
    region       = "eu-central-1"
    use_lockfile = true
  }
}
