resource "terraform_data" "u" {}
locals { lists = [["a"], ["b", "c"]] }
output "concat" { value = concat(local.lists...) }
output "max" { value = max([3, 9, 4]...) }
output "merge" { value = merge([{ a = 1 }, { b = 2, a = 3 }]...) }
output "core" { value = core::upper("x") }
output "unknown_member" { value = concat([["a"], [terraform_data.u.id]]...) }
