module "a" {
  source = "./modules/a"
  name   = "from root"
}
module "b" {
  source = "./modules/a"
  name   = module.a.name
  list   = [module.a.id, "x"]
}
output "a" { value = module.a.name }
output "whole" { value = module.b }
output "path" { value = module.a.paths }
