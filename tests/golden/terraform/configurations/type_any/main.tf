module "m" {
  source = "./m"
  any    = ["a", 1, true]
  list   = ["a", 1, true]
  map    = { a = 1, b = "x" }
  tuple  = ["1", 2]
  bool   = "true"
  string = 5
}
output "m" { value = module.m }
