variable "rules" {
  type = map(object({
    port     = number
    protocol = optional(string, "tcp")
    tags     = optional(map(string), {})
    nested = optional(object({
      on   = optional(bool, true)
      name = optional(string)
    }), {})
  }))
  default = {
    web = { port = "443", extra = "dropped" }
    dns = { port = 53, protocol = "udp", nested = { on = false, name = "n" } }
    nil = { port = 1, protocol = null }
  }
}
output "rules" { value = var.rules }
