module "m" {
  source = "./m"
  config = {
    name = "n"
    groups = {
      a = { size = 2 }
      b = { size = "3", labels = { x = 1 } }
    }
    list = [{}, { on = "false" }]
  }
}
output "m" { value = module.m.config }
