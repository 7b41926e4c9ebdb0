resource "terraform_data" "u" {}
locals { maybe = terraform_data.u.id == "x" }
output "and_true" { value = true && local.maybe }
output "or_false" { value = local.maybe || false }
output "not" { value = !local.maybe }
output "sum" { value = length(terraform_data.u.id) + 1 }
output "equal_null" { value = terraform_data.u.id == null }
output "object_equal" { value = { a = terraform_data.u.id } == { a = "x" } }
output "object_differs" { value = { a = terraform_data.u.id, b = 1 } == { a = "x", b = 2 } }
