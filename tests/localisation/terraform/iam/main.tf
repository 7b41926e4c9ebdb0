resource "aws_iam_policy" "admin" {
  name = "admin"
  policy = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}" #= policy admin allows every action on everything
}

data "aws_iam_policy_document" "read" {
  statement { #~ document read grants s3:* || document `read` is meant for everybody
    effect    = "Allow"
    actions   = ["s3:*"] #= document read grants s3:*
    resources = ["arn:aws:s3:::data/*"]

    principals { #~ document `read` is meant for everybody
      type        = "AWS"
      identifiers = ["*"] #= document `read` is meant for everybody
    }
  }
}

resource "aws_iam_user" "robot" { #= IAM users are not allowed: robot
  name = "robot"
}

resource "aws_iam_access_key" "robot" { #= long-lived key robot for user robot
  user = aws_iam_user.robot.name
}

resource "aws_iam_role_policy_attachment" "train" {
  role       = "train"
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess" #= attachment train gives role train AdministratorAccess
}

resource "aws_iam_account_password_policy" "strict" { #= password policy strict never expires passwords
  minimum_password_length = 8     #= Passwords need 14 characters, strict asks for 8
  require_symbols         = false #= password policy `strict` does not require symbols
}

resource "aws_iam_role" "deploy" {
  name                 = "deploy"
  max_session_duration = 43200 #= sessions of role deploy last 43200 seconds
  assume_role_policy   = "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"*\"}}]}" #= role deploy can be assumed by anyone
}

resource "aws_ecr_repository" "models" {
  name                 = "models"
  image_tag_mutability = "MUTABLE" #= tags in models can be overwritten

  image_scanning_configuration { #~ repository models: images are not scanned on push
    scan_on_push = false #= repository models: images are not scanned on push
  }
}

resource "aws_eks_cluster" "ml" { #= EKS cluster ml does not encrypt secrets
  name     = "ml"
  role_arn = "arn:aws:iam::1:role/eks"

  vpc_config { #~ Endpoint of EKS cluster ml is public
    endpoint_private_access = true
    endpoint_public_access  = true #= Endpoint of EKS cluster ml is public
    subnet_ids              = ["subnet-1", "subnet-2"]
  }

  enabled_cluster_log_types = ["api", "scheduler"] #= cluster ml does not log audit
}
