variable "config" {
  type = object({
    name   = string
    region = optional(string)
    groups = optional(map(object({
      size   = number
      labels = optional(map(string))
      zones  = optional(list(string), ["a", "b"])
    })), {})
    list  = optional(list(object({ on = optional(bool, true) })), [])
    tuple = optional(tuple([string, number]), ["x", 1])
    any   = optional(any, { k = 1 })
  })
}
resource "terraform_data" "g" {
  for_each = var.config.groups
  input    = [each.value.size, each.value.zones, try(each.value.labels.x, "none")]
}
output "config" { value = var.config }
