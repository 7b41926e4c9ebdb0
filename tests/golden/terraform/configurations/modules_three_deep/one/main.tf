variable "name" {}
variable "size" {}
module "two" {
  source = "./two"
  count  = var.size
  name   = "${var.name}-${count.index}"
}
output "names" { value = module.two[*].name }
output "size" { value = length(module.two) }
