variable "in" {}
output "first" {
  value = "b"
}
output "second" {
  value = "b-${var.in}"
}
