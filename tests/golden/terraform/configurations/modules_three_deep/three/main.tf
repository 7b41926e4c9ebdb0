variable "name" {}
resource "terraform_data" "leaf" {
  count = 2
  input = "${var.name}-${count.index}-${path.module}"
}
output "name" { value = terraform_data.leaf[1].input }
