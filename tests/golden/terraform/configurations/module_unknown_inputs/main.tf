resource "terraform_data" "u" {}
module "m" {
  source = "./m"
  name   = terraform_data.u.id
  object = { a = terraform_data.u.id, b = "known" }
  list   = ["x", terraform_data.u.id]
}
output "m" { value = module.m }
