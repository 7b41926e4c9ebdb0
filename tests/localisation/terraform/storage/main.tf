locals {
  prefix = "acme-dev"
}

resource "aws_s3_bucket" "raw" { #= S3 bucket `raw` has no versioning || S3 bucket raw should have encryption defined || s3 bucket raw: access logging is not configured
  bucket        = "${local.prefix}-raw"
  acl           = "public-read-write" #= S3 bucket raw has an ACL defined which allows public access
  force_destroy = true                #= raw would be deleted with everything in it
}

resource "aws_s3_bucket" "curated" {
  bucket = "${local.prefix}-curated"
  acl    = "authenticated-read" #= S3 bucket curated has an ACL defined which allows public access

  versioning { #~ S3 bucket `curated` has no versioning
    enabled = false #= S3 bucket `curated` has no versioning
  }

  logging {
    target_bucket = "logs"
  }

  server_side_encryption_configuration {
    rule { #~ bucket curated is encrypted with AES256 and not with a key of ours
      apply_server_side_encryption_by_default { #~ bucket curated is encrypted with AES256 and not with a key of ours
        sse_algorithm = "AES256" #= bucket curated is encrypted with AES256 and not with a key of ours
      }
    }
  }
}

resource "aws_s3_bucket_public_access_block" "curated" {
  bucket                  = aws_s3_bucket.curated.id
  block_public_acls       = true
  block_public_policy     = false #= public access block `curated` does not block public policies
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_db_instance" "app" { #= RDS instance app can be deleted by accident
  engine                  = "mysql"
  instance_class          = "db.t3.micro"
  allocated_storage       = 20
  username                = "admin"
  password                = "hunter2hunter2" #= Password of aws_db_instance.app is written into the code
  backup_retention_period = 0                #= database app keeps backups for 0 days, at least 7 are needed
  storage_encrypted       = false            #= DB instance app is not encrypted at rest
  publicly_accessible     = true             #= RDS instance app is reachable from the internet
  multi_az                = false
}

resource "aws_dynamodb_table" "features" {
  name         = "features"
  hash_key     = "id"
  billing_mode = "PAY_PER_REQUEST"

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery { #~ table features has no point in time recovery
    enabled = false #= table features has no point in time recovery
  }
}

resource "aws_ebs_volume" "scratch" { #= EBS volume scratch is not encrypted
  availability_zone = "eu-west-1a"
  size              = 40
  type              = "gp2" #= volume `scratch` is of type gp2, allowed are: gp3, io2
}

resource "aws_efs_file_system" "shared" { #= EFS shared must be encrypted with a customer managed key
  encrypted = true
}
