variable "nothing" { default = null }
locals {
  list = [{ a = { b = [1, 2] }, n = "x" }, { a = { b = [3] }, n = "y" }]
}
output "attribute" { value = local.list.*.n }
output "full" { value = local.list[*].a.b[0] }
output "attribute_then_index" { value = local.list.*.n[1] }
output "null" { value = var.nothing[*] }
output "single" { value = { n = "x" }[*].n }
output "text" { value = "x" [*] }
output "nested" { value = local.list[*].a.b[*] }
output "set" { value = toset(["b", "a"])[*] }
output "ends" { value = (local.list[*].n)[0] }
