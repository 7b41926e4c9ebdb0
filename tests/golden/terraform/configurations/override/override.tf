variable "v" { default = "override" }
locals { changed = "override" }
resource "terraform_data" "a" { input = "override" }
