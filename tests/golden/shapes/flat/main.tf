variable "env" {
  type        = string
  default     = "prod"
  description = "Where it runs"
}

locals {
  labels = { team = "ml", env = var.env }
}

resource "terraform_data" "model" {
  input = { name = "credit-${var.env}", ports = [80, 443], labels = local.labels }
}

resource "terraform_data" "endpoint" {
  input            = [terraform_data.model.id, "static"]
  triggers_replace = terraform_data.model.output
  depends_on       = [terraform_data.model]

  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "plain" {
  input = "x"
}

output "model" {
  value       = terraform_data.model.id
  description = "The model"
}
