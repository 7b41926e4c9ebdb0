locals {
  map   = { b = 2, a = 1 }
  users = [{ name = "x", group = "g" }, { name = "y", group = "h" }, { name = "z", group = "g" }]
}
output "tuple" { value = [for v in ["a", "b"] : upper(v)] }
output "index" { value = [for i, v in ["a", "b"] : "${i}${v}"] }
output "sorted" { value = [for k, v in local.map : "${k}${v}"] }
output "filter" { value = [for v in [1, 2, 3] : v if v != 2] }
output "object" { value = { for u in local.users : u.name => u.group } }
output "group" { value = { for u in local.users : u.group => u.name... } }
output "set" { value = [for v in toset(["b", "a"]) : v] }
output "set_keys" { value = { for k, v in toset(["b", "a"]) : k => v } }
output "nested" { value = [for u in local.users : [for k, v in u : "${k}=${v}"]] }
output "number_keys" { value = { for i, v in ["a", "b"] : i => v } }
output "shadow" { value = [for local in ["x"] : local] }
