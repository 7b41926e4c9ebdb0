locals {
  subnets = { a = { cidr = "10.0.0.0/24", public = true }, b = { cidr = "10.0.1.0/24", public = false } }
  flat    = flatten([for n, s in local.subnets : [for i in range(2) : { key = "${n}-${i}", cidr = cidrsubnet(s.cidr, 4, i) }]])
  tags    = merge({ team = "ml" }, null, { env = "prod" })
}
resource "terraform_data" "s" {
  for_each = { for s in local.flat : s.key => s }
  input    = merge(local.tags, { Name = upper(each.key), cidr = each.value.cidr })
}
output "public" { value = [for n, s in local.subnets : n if s.public] }
output "lookup" { value = [lookup(local.tags, "team", "none"), lookup(local.tags, "nope", "none")] }
output "sorted" { value = sort(distinct(concat(keys(local.subnets), ["a", "z"]))) }
output "zip" { value = zipmap(keys(local.subnets), values(local.subnets)[*].cidr) }
output "transpose" { value = transpose({ a = ["1", "2"], b = ["2"] }) }
output "compact" { value = compact(["a", "", null, "b"]) }
output "format" { value = formatlist("%s-%d", ["a", "b"], [1, 2]) }
output "replace" { value = replace("a-b-c", "/[-b]+/", "_") }
output "setproduct" { value = setproduct(["a", "b"], [1, 2]) }
output "chunk" { value = chunklist(["a", "b", "c"], 2) }
output "regex" { value = regexall("[a-z]+", "ab 12 cd") }
output "split" { value = element(split("/", "a/b/c"), -1) }
