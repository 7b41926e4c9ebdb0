resource "terraform_data" "u" {}
locals { id = terraform_data.u.id }
output "upper" { value = upper(local.id) }
output "merge" { value = merge({ a = 1 }, { b = local.id }) }
output "length" { value = length([local.id, local.id]) }
output "length_set" { value = length(toset([local.id, "a"])) }
output "keys" { value = keys({ a = local.id }) }
output "values" { value = values({ a = local.id, b = "x" }) }
output "concat" { value = concat([local.id], ["a"]) }
output "lookup" { value = lookup({ a = local.id, b = "x" }, "b", "none") }
output "lookup_unknown" { value = lookup({ a = "x" }, local.id, "none") }
output "contains" { value = contains(["a", local.id], "a") }
output "join" { value = join("-", ["a", local.id]) }
output "json" { value = jsonencode({ a = local.id }) }
output "coalesce" { value = coalesce(null, "a", local.id) }
output "tolist" { value = tolist(["a", local.id]) }
output "toset" { value = toset(["a", local.id]) }
output "flatten" { value = flatten([["a"], [local.id]]) }
output "zipmap" { value = zipmap(["a", "b"], [local.id, "x"]) }
output "format" { value = format("%s-%s", "a", local.id) }
output "element" { value = element(["a", local.id], 0) }
