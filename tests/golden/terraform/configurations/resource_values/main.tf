resource "terraform_data" "a" {
  input            = { x = 1, y = [true, null] }
  triggers_replace = ["t"]
}
resource "terraform_data" "b" { input = terraform_data.a.output }
resource "terraform_data" "c" { input = terraform_data.a.input.y }
resource "terraform_data" "d" { triggers_replace = [terraform_data.a.id, "known"] }
resource "terraform_data" "e" {}
output "whole" { value = terraform_data.a }
output "empty" { value = terraform_data.e }
output "e_output" { value = terraform_data.e.output == null }
output "d" { value = terraform_data.d.triggers_replace[1] }
output "c" { value = resource.terraform_data.c.input[0] }
output "single_splat" { value = terraform_data.a[*].input.x }
output "b_input_null" { value = terraform_data.b.input == null }
