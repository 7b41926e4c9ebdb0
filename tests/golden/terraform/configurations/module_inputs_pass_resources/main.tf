resource "terraform_data" "all" {
  for_each = toset(["a", "b"])
  input    = "in-${each.key}"
}
resource "terraform_data" "one" { input = "one" }
module "m" {
  source    = "./m"
  resources = terraform_data.all
  one       = terraform_data.one
  typed     = terraform_data.one
}
output "m" { value = module.m.inputs }
output "typed" { value = module.m.typed }
