variable "in" {}
output "first" {
  value = "a"
}
output "second" {
  value = "a-${var.in}"
}
