variable "name" {}
resource "terraform_data" "r" {}
output "name" {
  value = "n-${var.name}"
}
output "id" {
  value = terraform_data.r.id
}
