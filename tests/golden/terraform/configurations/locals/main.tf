locals {
  c      = "${local.b}c"
  a      = "a"
  b      = "${local.a}b"
  object = { (local.a) = 1, "b-${local.a}" = 2, plain = local.c }
}
locals { list = [local.object.plain, local.object["a"], local.object["b-a"]] }
resource "terraform_data" "x" { input = local.list }
output "object" { value = local.object }
