module "a" {
  source = "./nest"
  depth  = "1"
}
module "b" {
  source = "./nest/inner"
  depth  = "2"
}
output "x" { value = [module.a.depth, module.b.depth] }
