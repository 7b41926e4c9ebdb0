module "x" {
  source = "./x"
  strict = null
  loose  = null
}
output "x" { value = module.x }
