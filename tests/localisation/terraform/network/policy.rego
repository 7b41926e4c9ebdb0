package main

import rego.v1

deny contains msg if {
	some name
	rule := input.resource.aws_security_group[name][_].ingress[_]
	rule.from_port <= 22
	rule.to_port >= 22
	rule.cidr_blocks[_] == "0.0.0.0/0"
	msg := sprintf("security group %s opens SSH to the world", [name])
}

deny contains msg if {
	some name
	rule := input.resource.aws_security_group[name][_].egress[_]
	cidr := rule.cidr_blocks[_]
	endswith(cidr, "/0")
	msg := sprintf("Egress of %s is not restricted: %s", [name, cidr])
}

deny contains msg if {
	some name
	rule := input.resource.aws_security_group_rule[name][_]
	rule.type == "ingress"
	contains(rule.cidr_blocks[_], "0.0.0.0/0")
	msg := sprintf("ASG `%v` defines a fully open ingress", [name])
}

deny contains msg if {
	some name
	listener := input.resource.aws_alb_listener[name][_]
	listener.protocol == "HTTP"
	msg := sprintf("ALB `%v` is using HTTP rather than HTTPS", [name])
}

modern_policies := ["ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-FS-1-2-Res-2020-10"]

deny contains msg if {
	some name
	listener := input.resource.aws_lb_listener[name][_]
	listener.protocol == "HTTPS"
	not listener.ssl_policy in modern_policies
	msg := sprintf("listener %s negotiates outdated TLS (%s)", [name, listener.ssl_policy])
}

deny contains msg if {
	some name
	lb := input.resource.aws_lb[name][_]
	not lb.access_logs[0].enabled
	msg := sprintf("load balancer %s keeps no access logs", [name])
}

deny contains msg if {
	some name
	lb := input.resource.aws_lb[name][_]
	not lb.internal
	msg := sprintf("Load balancer %s must be internal", [name])
}

deny contains msg if {
	some name
	input.resource.aws_subnet[name][_].map_public_ip_on_launch
	msg := sprintf("subnet %s hands out public addresses", [name])
}

deny contains msg if {
	some name
	vpc := input.resource.aws_vpc[name][_]
	to_number(split(vpc.cidr_block, "/")[1]) < 16
	msg := sprintf("VPC %s is larger than /16", [name])
}

required_tags := {"owner", "cost-center"}

missing_tags(resource) := {tag | some tag in required_tags; not resource.tags[tag]}

deny contains msg if {
	some name
	vpc := input.resource.aws_vpc[name][_]
	missing := missing_tags(vpc)
	count(missing) > 0
	msg := sprintf("AWS resource %q named %q lacks tags: %v", ["aws_vpc", name, missing])
}

deny contains msg if {
	some name
	behavior := input.resource.aws_cloudfront_distribution[name][_].default_cache_behavior[_]
	behavior.viewer_protocol_policy == "allow-all"
	msg := sprintf("CloudFront distribution %s accepts plain HTTP", [name])
}

old_protocols := {"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"}

deny contains msg if {
	some name
	certificate := input.resource.aws_cloudfront_distribution[name][_].viewer_certificate[_]
	old_protocols[certificate.minimum_protocol_version]
	msg := sprintf("distribution %s allows %s", [name, certificate.minimum_protocol_version])
}

deny contains msg if {
	some name
	domain := input.resource.aws_elasticsearch_domain[name][_]
	not domain.node_to_node_encryption[0].enabled
	msg := sprintf("domain %s does not encrypt traffic between nodes", [name])
}

deny contains msg if {
	some name
	domain := input.resource.aws_elasticsearch_domain[name][_]
	to_number(domain.elasticsearch_version) < 7
	msg := sprintf("domain %s runs the unsupported version %s", [name, domain.elasticsearch_version])
}

deny contains msg if {
	some name
	options := input.resource.aws_elasticsearch_domain[name][_].domain_endpoint_options[_]
	not options.enforce_https
	msg := sprintf("%s can be reached without HTTPS", [name])
}
