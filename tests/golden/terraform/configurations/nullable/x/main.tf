variable "strict" {
  default  = "default"
  nullable = false
}
variable "loose" { default = "default" }
variable "left" {
  type    = string
  default = null
}
output "all" { value = [var.strict, var.loose, var.left] }
