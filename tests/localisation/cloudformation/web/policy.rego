package main

deny[msg] {
	group := input.Resources[name]
	group.Type == "AWS::EC2::SecurityGroup"
	not group.Properties.SecurityGroupEgress
	msg := sprintf("%s has an egress rule set to nothing at all", [name])
}

deny[msg] {
	group := input.Resources[name]
	group.Type == "AWS::EC2::SecurityGroup"
	rule := group.Properties.SecurityGroupIngress[_]
	rule.FromPort <= 22
	rule.ToPort >= 22
	rule.CidrIp == "0.0.0.0/0"
	msg := sprintf("security group %s opens port 22 to %s", [name, rule.CidrIp])
}

deny[msg] {
	rule := input.Resources[name]
	rule.Type == "AWS::EC2::SecurityGroupIngress"
	rule.Properties.IpProtocol == "-1"
	msg := sprintf("%s opens every protocol", [name])
}

deny[msg] {
	rule := input.Resources[name]
	rule.Type == "AWS::EC2::SecurityGroupIngress"
	rule.Properties.CidrIpv6 == "::/0"
	msg := sprintf("ingress %s is open to all of IPv6", [name])
}

deny[msg] {
	listener := input.Resources[name]
	listener.Type == "AWS::ElasticLoadBalancingV2::Listener"
	listener.Properties.Protocol != "HTTPS"
	msg := sprintf("listener %s does not use HTTPS", [name])
}

deny[msg] {
	balancer := input.Resources[name]
	balancer.Type == "AWS::ElasticLoadBalancingV2::LoadBalancer"
	not logs(balancer)
	msg := sprintf("load balancer %s has no access logs", [name])
}

logs(balancer) {
	attribute := balancer.Properties.LoadBalancerAttributes[_]
	attribute.Key == "access_logs.s3.enabled"
	attribute.Value == "true"
}

deny[msg] {
	balancer := input.Resources[name]
	balancer.Type == "AWS::ElasticLoadBalancingV2::LoadBalancer"
	balancer.Properties.Scheme == "internet-facing"
	msg := sprintf("%s faces the internet", [name])
}

deny[msg] {
	instance := input.Resources[name]
	instance.Type == "AWS::EC2::Instance"
	not instance.Properties.IamInstanceProfile
	msg := sprintf("instance %s has no profile", [name])
}

allowed := {"t3.micro", "m5.large"}

deny[msg] {
	instance := input.Resources[name]
	instance.Type == "AWS::EC2::Instance"
	not allowed[instance.Properties.InstanceType]
	msg := sprintf("instance type %s of %s is not allowed", [instance.Properties.InstanceType, name])
}

deny[msg] {
	key := input.Resources[name].Properties.KeyName
	msg := sprintf("%s uses the SSH key %s", [name, key])
}

deny[msg] {
	input.Resources[name].Properties.NetworkInterfaces[_].AssociatePublicIpAddress
	msg := sprintf("%s gets a public IP address", [name])
}

deny[msg] {
	device := input.Resources[name].Properties.BlockDeviceMappings[_]
	not device.Ebs.Encrypted
	msg := sprintf("block device %s of %s is unencrypted", [device.DeviceName, name])
}

deny[msg] {
	script := input.Resources[name].Properties.UserData["Fn::Base64"]
	regex.match("(SECRET|PASSWORD|TOKEN)", script)
	msg := sprintf("user data of %s holds a secret", [name])
}

deny[msg] {
	input.Resources[name].Type == "AWS::EC2::Subnet"
	input.Resources[name].Properties.MapPublicIpOnLaunch
	msg := sprintf("%s hands out public IP addresses", [name])
}

deny[msg] {
	config := input.Resources[name].Properties.DistributionConfig
	not config.Logging
	msg := sprintf("CloudFront distribution %s keeps no logs", [name])
}

deny[msg] {
	config := input.Resources[name].Properties.DistributionConfig
	policy := config.DefaultCacheBehavior.ViewerProtocolPolicy
	policy == "allow-all"
	msg := sprintf("distribution %s accepts HTTP (%s)", [name, policy])
}

deny[msg] {
	config := input.Resources[name].Properties.DistributionConfig
	not startswith(config.ViewerCertificate.MinimumProtocolVersion, "TLSv1.2")
	msg := sprintf("%s uses TLS older than 1.2", [name])
}
