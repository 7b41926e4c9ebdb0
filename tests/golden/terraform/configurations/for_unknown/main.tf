resource "terraform_data" "u" {}
resource "terraform_data" "list" { input = ["a", terraform_data.u.id] }
output "elements" { value = [for v in ["a", terraform_data.u.id] : upper(v)] }
output "values" { value = { for k, v in { a = terraform_data.u.id, b = 1 } : k => v } }
output "condition" { value = [for v in ["a", terraform_data.u.id] : v if v == "a"] }
output "key" { value = { for v in ["a", terraform_data.u.id] : v => 1 } }
output "collection" { value = [for v in terraform_data.list.output : v] }
output "input" { value = [for v in terraform_data.list.input : v] }
output "group" { value = { for v in ["a", terraform_data.u.id] : "k" => v... } }
