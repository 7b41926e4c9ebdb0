variable "on" { default = false }
module "m" {
  source = "./m"
  count  = var.on ? 1 : 0
}
output "one" { value = one(module.m[*].x) }
output "try" { value = try(module.m[0].x, "off") }
output "list" { value = module.m[*].x }
