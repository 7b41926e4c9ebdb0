variable "depth" {}
resource "terraform_data" "d" {
  input = [var.depth, path.module]
}
output "depth" {
  value = var.depth
}
