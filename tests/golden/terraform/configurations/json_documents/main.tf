locals {
  policy = {
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:*"]
      Resource = "*"
      Null     = null
    }]
  }
}
resource "terraform_data" "policy" { input = jsonencode(local.policy) }
output "again" { value = jsondecode(terraform_data.policy.input).Statement[0].Action }
output "yaml" { value = yamldecode("a: [1, two]") }
