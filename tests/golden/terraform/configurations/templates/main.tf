locals {
  name  = "n"
  items = ["a", "b"]
}
resource "terraform_data" "u" {}
output "plain" { value = "x-${local.name}-${1 + 1}-${true}" }
output "only" { value = local.items }
output "if" { value = "%{if local.name == "n"}yes%{else}no%{endif}!" }
output "for" { value = "%{for i, v in local.items}${i}=${v};%{endfor}" }
output "strip" { value = "a ${~local.name~} b" }
output "escapes" { value = "$${x} %%{y} \" \\ \n \t \u00e9" }
output "unknown" { value = "id-${terraform_data.u.id}" }
output "unknown_if" { value = "%{if terraform_data.u.id == "x"}a%{else}b%{endif}" }
output "number" { value = 1.50 }
