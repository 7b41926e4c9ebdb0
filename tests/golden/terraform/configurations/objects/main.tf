resource "terraform_data" "u" {}
locals { k = "computed" }
output "keys" { value = { a = 1, "b c" = 2, (local.k) = 3, "${local.k}-x" = 4, 5 = "number", true = "bool" } }
output "colon" { value = { a : 1, b : 2 } }
output "duplicate_key" { value = { for k, v in { a = 1 } : k => v } }
output "unknown_key" { value = { (terraform_data.u.id) = 1 } }
output "unknown_value" { value = { a = terraform_data.u.id, b = 1 } }
output "nulls" { value = { a = null, b = [null] } }
output "trailing" { value = [1, 2, ] }
