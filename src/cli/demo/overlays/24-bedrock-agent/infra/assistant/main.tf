terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.55"
    }
  }
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = {
      ai-system   = "support-assistant"
      owner       = "mara@harbor.example"
      environment = "production"
    }
  }
}

provider "azurerm" {
  features {}
}
