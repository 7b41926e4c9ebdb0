resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = "vpc-1"

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  ingress { #~ security group web opens SSH to the world
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = [
      "10.0.0.0/8",
      "0.0.0.0/0", #= security group web opens SSH to the world
    ]
  }

  egress { #~ Egress of web is not restricted: 0.0.0.0/0
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"] #= Egress of web is not restricted: 0.0.0.0/0
  }
}

resource "aws_security_group_rule" "admin" {
  type              = "ingress"
  from_port         = 3389
  to_port           = 3389
  protocol          = "tcp"
  cidr_blocks       = ["0.0.0.0/0"] #= ASG `admin` defines a fully open ingress
  security_group_id = aws_security_group.web.id
}

resource "aws_alb_listener" "front" {
  load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/front/1"
  port              = 80
  protocol          = "HTTP" #= ALB `front` is using HTTP rather than HTTPS

  default_action {
    type = "forward"
  }
}

resource "aws_lb_listener" "api" {
  port       = 443
  protocol   = "HTTPS"
  ssl_policy = "ELBSecurityPolicy-2015-05" #= listener api negotiates outdated TLS (ELBSecurityPolicy-2015-05)
}

resource "aws_lb" "api" { #= load balancer api keeps no access logs
  name     = "api"
  internal = false #= Load balancer api must be internal
}

resource "aws_subnet" "a" {
  vpc_id                  = "vpc-1"
  cidr_block              = "172.16.10.0/24"
  map_public_ip_on_launch = true #= subnet a hands out public addresses
}

resource "aws_vpc" "main" {
  cidr_block = "172.16.0.0/8" #= VPC main is larger than /16
  tags = { #= AWS resource "aws_vpc" named "main" lacks tags: {"cost-center"}
    owner = "platform"
  }
}

resource "aws_cloudfront_distribution" "site" {
  enabled = true

  default_cache_behavior { #~ CloudFront distribution site accepts plain HTTP
    target_origin_id       = "site"
    viewer_protocol_policy = "allow-all" #= CloudFront distribution site accepts plain HTTP
  }

  viewer_certificate { #~ distribution site allows TLSv1
    cloudfront_default_certificate = true
    minimum_protocol_version       = "TLSv1" #= distribution site allows TLSv1
  }
}

resource "aws_elasticsearch_domain" "search" { #= domain search does not encrypt traffic between nodes
  domain_name           = "search"
  elasticsearch_version = "2.3" #= domain search runs the unsupported version 2.3

  domain_endpoint_options { #~ search can be reached without HTTPS
    enforce_https = false #= search can be reached without HTTPS
  }
}
