output "native" { value = terraform_data.b["y"].input.v.z[0] }
