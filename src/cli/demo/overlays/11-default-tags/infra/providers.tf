provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

locals {
  tags = {
    ai-system           = "credit-scoring"
    owner               = "mara@harbor.example"
    data-classification = "confidential"
    risk-class          = "high"
    environment         = var.environment
  }
}
