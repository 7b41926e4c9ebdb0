resource "terraform_data" "keys" {
  for_each = toset(["a\"b", "$${x}", "%%{y}", "back\\slash", "\u00e9", "tab\there", "a.b[0]", "$x", "l\nf"])
}
module "m" {
  source   = "./m"
  for_each = toset(["q\"", "n"])
}
