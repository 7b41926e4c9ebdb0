a = <<-E
  %{ if a ~}
  é ${~ b }
  %{ endif }
  E
b = "$${c} %{ for x in y }${x}%{ endfor }"
