module "a" {
  source = "./a"
  in     = module.b.first
}
module "b" {
  source = "./b"
  in     = module.a.first
}
output "all" { value = [module.a.first, module.a.second, module.b.first, module.b.second] }
