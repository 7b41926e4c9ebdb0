variable "list" {
  type    = list(string)
  default = ["a", "b"]
}
variable "map" {
  type    = map(number)
  default = { x = 1, "1" = 2 }
}
resource "terraform_data" "u" {}
output "list" { value = [var.list[0], var.list["1"], var.list[length(var.list) - 1]] }
output "map" { value = [var.map["x"], var.map.x, var.map[1]] }
output "unknown_key" { value = var.map[terraform_data.u.id] }
output "unknown_index" { value = [1, "a"][length(terraform_data.u.id)] }
output "deep" { value = { a = [{ b = "c" }] }.a[0]["b"] }
output "errors" { value = [can(var.list[2]), can(var.list[-1]), can(var.list[0.5]), can(var.map.nope), can(var.list["x"])] }
output "beside_unknown" { value = [terraform_data.u.id, "known"][1] }
output "inside" { value = { a = terraform_data.u.id, b = "known" }.b }
