resource "terraform_data" "u" {}
resource "terraform_data" "x" {
  for_each = { a = terraform_data.u.id, b = "known" }
  input    = each.value
}
resource "terraform_data" "n" { count = length(keys(terraform_data.x)) }
resource "terraform_data" "m" {
  for_each = { for k, v in terraform_data.x : k => v.id }
  input    = [each.key, each.value, can(each.value)]
}
output "b" { value = terraform_data.x["b"].input }
output "a" { value = terraform_data.x["a"].input }
