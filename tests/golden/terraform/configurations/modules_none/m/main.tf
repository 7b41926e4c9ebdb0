resource "terraform_data" "x" {}
output "x" {
  value = "x"
}
