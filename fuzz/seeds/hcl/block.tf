variable "v" {
  type = list(string)
}
resource "a" "b" {
  x = [1, -2.5e3, "é${v.w[0]}", f(c...)]
  y = { k = 1, (z) = !true }
  n { m = a ? b : c.*.d[*] }
  o = { for k, v in w : k => v... if v }
}
