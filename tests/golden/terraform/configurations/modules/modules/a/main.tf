variable "name" { type = string }
variable "list" {
  type    = list(string)
  default = []
}
resource "terraform_data" "x" { input = "${var.name}!" }
output "name" { value = terraform_data.x.input }
output "id" { value = terraform_data.x.id }
output "list" { value = var.list }
output "paths" { value = [path.module, path.root] }
