a = {
  b = 1 # c
  b = 2
}
d = (e
  ? 1 : 2)
resource "x" {
  f = [
output "o" {
}
