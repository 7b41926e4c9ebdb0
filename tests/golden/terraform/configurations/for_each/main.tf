resource "terraform_data" "map" {
  for_each = { b = 2, a = { deep = 1 }, "x y" = "quoted" }
  input    = { key = each.key, value = each.value }
}
resource "terraform_data" "set" {
  for_each = toset(["z", "a"])
  input    = "${each.key}=${each.value}"
}
resource "terraform_data" "chain" {
  for_each = terraform_data.map
  input    = each.value.input
}
resource "terraform_data" "empty" { for_each = {} }
output "keys" { value = [for k, v in terraform_data.map : "${k}:${v.input.key}"] }
output "value" { value = terraform_data.map["x y"].input.value }
output "values" { value = values(terraform_data.set)[*].input }
output "set" { value = terraform_data.set["z"].input }
