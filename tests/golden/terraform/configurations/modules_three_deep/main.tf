module "one" {
  source   = "./one"
  for_each = { b = 2, a = 1 }
  name     = each.key
  size     = each.value
}
output "all" { value = { for k, m in module.one : k => m.names } }
output "one" { value = module.one["b"].names[1] }
output "splat" { value = values(module.one)[*].size }
