locals {
  yes = true
}
resource "terraform_data" "u" {}
output "unified" { value = local.yes ? 1 : "x" }
output "objects" { value = local.yes ? { a = 1 } : { a = "x" } }
output "maps" { value = local.yes ? { a = 1 } : {} }
output "mixed_maps" { value = local.yes ? { a = 1, b = "x" } : {} }
output "lists" { value = local.yes ? [1] : ["a", true] }
output "null" { value = local.yes ? null : 3 }
output "text_condition" { value = "true" ? "a" : "b" }
output "unchosen_error" { value = local.yes ? "fine" : [][0] }
output "unknown_condition" { value = terraform_data.u.id == "x" ? "a" : "b" }
output "unknown_branch" { value = local.yes ? terraform_data.u.id : "b" }
output "other_unknown" { value = local.yes ? "b" : terraform_data.u.id }
output "not_null" { value = (terraform_data.u.id == "x" ? "a" : "b") == null }
output "maybe_null" { value = (terraform_data.u.id == "x" ? "a" : null) == null }
output "nested" { value = local.yes ? (local.yes ? "in" : "out") : "no" }
