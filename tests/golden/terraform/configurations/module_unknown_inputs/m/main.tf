variable "name" { type = string }
variable "object" { type = object({ a = string, b = string, c = optional(string, "default") }) }
variable "list" { type = list(string) }
resource "terraform_data" "x" { input = [var.name, var.object.b, var.object.c, var.list[0]] }
resource "terraform_data" "n" { count = length(var.list) }
output "object" { value = var.object }
output "null" { value = var.name == null }
output "upper" { value = [for v in var.list : upper(v)] }
