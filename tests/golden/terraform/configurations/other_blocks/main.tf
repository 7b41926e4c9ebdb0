terraform {
  required_version = ">= 1.5"
}
variable "checked" {
  type    = string
  default = "ok"
  validation {
    condition     = length(var.checked) > 1
    error_message = "Too short."
  }
}
moved {
  from = terraform_data.old
  to   = terraform_data.new
}
check "health" {
  assert {
    condition     = var.checked == "ok"
    error_message = "Not ok."
  }
}
resource "terraform_data" "new" {
  input = var.checked
  lifecycle {
    postcondition {
      condition     = self.input == "ok"
      error_message = "Not ok."
    }
  }
}
output "with_precondition" {
  value = terraform_data.new.input
  precondition {
    condition     = terraform_data.new.input == "ok"
    error_message = "Never."
  }
}
