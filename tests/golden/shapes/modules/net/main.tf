variable "cidr" {}

resource "terraform_data" "vpc" {
  input = var.cidr
}

resource "terraform_data" "subnet" {
  input = [terraform_data.vpc.output, "z"]
}

output "id" {
  value = terraform_data.vpc.id
}
