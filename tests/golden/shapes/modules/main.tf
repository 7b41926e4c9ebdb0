variable "names" {
  type    = map(string)
  default = { a = "x", b = "y" }
}

resource "terraform_data" "one" {
  input = "hello"
}

resource "terraform_data" "many" {
  for_each = var.names
  input    = { name = each.value, other = terraform_data.one.output }
}

resource "terraform_data" "follower" {
  for_each = var.names
  input    = terraform_data.many[each.key].id
}

resource "terraform_data" "counted" {
  count            = 2
  triggers_replace = [terraform_data.many["a"].id, count.index]
}

resource "terraform_data" "outside" {
  input = module.net["eu"].id
}

module "net" {
  source   = "./net"
  for_each = toset(["eu", "us"])
  cidr     = terraform_data.one.output
}
