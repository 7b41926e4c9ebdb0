resource "terraform_data" "a" {}
resource "terraform_data" "b" {
  input      = "x"
  depends_on = [terraform_data.a]
  lifecycle {
    create_before_destroy = true
    ignore_changes        = [input]
  }
  provisioner "local-exec" {
    command = "true"
  }
}
resource "terraform_data" "c" {
  count = 1
  input = terraform_data.b.input
  lifecycle {
    precondition {
      condition     = count.index == 0
      error_message = "never"
    }
  }
}
