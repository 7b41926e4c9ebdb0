variable "v" {
  type    = string
  default = "base"
}
locals {
  kept    = "kept"
  changed = "base"
}
resource "terraform_data" "a" {
  input            = "base"
  triggers_replace = "kept"
}
output "o" { value = "base" }
module "m" {
  source = "./m"
  name   = "base"
}
output "all" { value = [var.v, local.kept, local.changed, module.m.name] }
