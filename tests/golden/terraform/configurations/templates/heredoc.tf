output "heredoc" {
  value = <<EOT
first ${local.name}
  second
EOT
}
output "indented" {
  value = <<-EOT
    first
      second
    %{for v in local.items~}
    - ${v}
    %{endfor~}
    last
  EOT
}
output "json" {
  value = jsondecode(<<-EOT
    {"a": "${local.name}"}
  EOT
  )
}
