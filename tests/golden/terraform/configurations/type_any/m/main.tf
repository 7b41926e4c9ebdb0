variable "any" { type = any }
variable "list" { type = list(any) }
variable "map" { type = map(any) }
variable "tuple" { type = tuple([number, string]) }
variable "bool" { type = bool }
variable "string" { type = string }
variable "object" {
  type    = object({ a = optional(number), b = any })
  default = { b = [1, "x"] }
}
output "all" { value = [var.any, var.list, var.map, var.tuple, var.bool, var.string, var.object] }
