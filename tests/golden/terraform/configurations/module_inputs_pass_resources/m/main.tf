variable "resources" {}
variable "one" { type = any }
variable "typed" { type = object({ id = string, input = string }) }
output "inputs" { value = [[for k, r in var.resources : "${k}=${r.input}"], var.one.input, var.one.triggers_replace] }
output "typed" { value = var.typed }
