variable "name" {}
module "three" {
  source   = "../../three"
  for_each = toset(["x", "y"])
  name     = "${var.name}-${each.key}"
}
output "name" { value = join(",", [for m in module.three : m.name]) }
