variable "plain" { default = "a" }
variable "given" {}
variable "number" {
  type    = number
  default = "12"
}
variable "names" {
  type    = set(string)
  default = ["b", "a", "b"]
}
variable "ports" {
  type    = list(number)
  default = ["80", 443]
}
resource "terraform_data" "a" {
  input = [var.plain, var.given, var.number + 1, var.names, var.ports]
}
output "names" { value = var.names }
