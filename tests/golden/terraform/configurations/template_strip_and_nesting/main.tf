locals { users = { bob = ["x", "y"], al = [] } }
output "nested" {
  value = <<-EOT
    %{~for name, groups in local.users~}
    ${name}:
    %{~if length(groups) > 0~}
      %{~for g in groups} [${g}]%{endfor~}
    %{~else~}
      none
    %{~endif~}
    %{~endfor~}
  EOT
}
output "inline" { value = "%{for n, g in local.users}${n}(%{for x in g}${x}%{endfor})%{endfor}" }
output "quotes" { value = "a ${join(", ", [for n in ["x"] : "<${n}>"])} b" }
