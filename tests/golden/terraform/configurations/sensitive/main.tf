variable "secret" {
  default   = "s"
  sensitive = true
}
resource "terraform_data" "x" { input = "p-${var.secret}" }
output "nonsensitive" { value = nonsensitive(var.secret) }
output "length" { value = nonsensitive(length(var.secret)) }
