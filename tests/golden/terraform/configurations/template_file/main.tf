output "t" {
  value = templatestring(local.template, { name = "n", list = ["a", "b"] })
}
locals { template = "hello $${name} %%{for v in list}<$${v}>%%{endfor}" }
