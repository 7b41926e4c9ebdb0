resource "terraform_data" "u" {}
locals {
  object = { a = 1 }
}
output "first" { value = try(local.object.a, "no") }
output "second" { value = try(local.object.b, "no") }
output "third" { value = try(local.object.b, local.object.c, [][0], "last") }
output "conversion" { value = try(tonumber("x"), -1) }
output "can" { value = [can(local.object.a), can(local.object.b), can(tonumber("x")), can(null)] }
output "unknown" { value = try(terraform_data.u.id, "no") }
output "unknown_can" { value = can(terraform_data.u.id) }
output "unknown_conversion" { value = try(tonumber(terraform_data.u.id), 4) }
output "error_beside_unknown" { value = try([terraform_data.u.id][3], 4) }
output "partly" { value = try({ a = terraform_data.u.id, b = 1 }, 1) }
output "null" { value = try(null, 1) }
output "null_attribute" { value = try(null.a, "null") }
