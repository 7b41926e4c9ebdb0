variable "nothing" {
  type    = string
  default = null
}
locals { object = { a = null } }
output "coalesce" { value = coalesce(var.nothing, local.object.a, "x") }
output "compare" { value = [var.nothing == null, local.object.a != null, null == 1] }
output "try" { value = try(local.object.a.b, "no attribute of null") }
output "list" { value = [null, var.nothing] }
output "can_template" { value = can("x${var.nothing}") }
output "can_length" { value = can(length(var.nothing)) }
output "merge" { value = merge({ a = 1 }, { a = null }) }
output "splat" { value = var.nothing[*] }
output "conditional" { value = var.nothing != null ? upper(var.nothing) : "none" }
