# What stands for unknown values in unknowns.json.
resource "terraform_data" "u" {
  input = "x"
}

locals {
  number = tonumber(terraform_data.u.id)
  bool   = tobool(terraform_data.u.id)
  list   = split(",", terraform_data.u.id)
  any    = jsondecode(terraform_data.u.id)
}
