variable "depth" {}
module "i" {
  source = "./inner"
  depth  = "${var.depth}.1"
}
output "depth" {
  value = module.i.depth
}
