variable "n" { default = 2 }
resource "terraform_data" "a" {
  count = var.n
  input = "a-${count.index}"
}
resource "terraform_data" "none" {
  count = var.n > 2 ? 1 : 0
  input = "never"
}
resource "terraform_data" "one" {
  count = "1"
  input = terraform_data.a[count.index + 1].input
}
output "inputs" { value = terraform_data.a[*].input }
output "old_splat" { value = terraform_data.a.*.input }
output "old_index" { value = terraform_data.a.1.input }
output "none" { value = terraform_data.none[*].input }
output "one" { value = one(terraform_data.none[*].input) }
output "try" { value = try(terraform_data.none[0].input, "fallback") }
output "length" { value = length(terraform_data.a) }
