module "m" {
  source   = "./m"
  for_each = toset(["a", "b"])
  name     = each.key
}
resource "terraform_data" "x" {
  for_each = module.m
  input    = each.value.name
}
resource "terraform_data" "y" {
  for_each = { for k, m in module.m : m.name => m.id }
  input    = each.value
}
