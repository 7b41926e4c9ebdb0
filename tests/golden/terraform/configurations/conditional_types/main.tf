resource "terraform_data" "u" {}
locals {
  maybe = terraform_data.u.id == "x"
  id    = terraform_data.u.id
}
output "set_or_list" { value = true ? toset(["b", "a"]) : toset([]) }
output "tuple_lengths" { value = true ? ["a", 1] : [] }
output "object_with_unknown" { value = true ? { a = local.id, b = 1 } : { a = "x", b = 2 } }
output "object_or_null" { value = true ? { a = 1 } : null }
output "unknown_condition_object" { value = local.maybe ? { a = 1 } : { a = 2 } }
output "unknown_condition_attribute" { value = (local.maybe ? { a = 1 } : { a = 2 }).a }
output "unknown_list" { value = local.maybe ? ["a"] : [] }
output "empty_map" { value = true ? {} : { a = 1 } }
output "bool_string" { value = false ? true : "x" }
output "number_bool" { value = true ? "5" : 5 }
output "nested" { value = true ? { a = [1, "x"] } : { a = ["y"] } }
output "null_type" { value = [for v in [1, null] : v == null ? "none" : v] }
